#!/usr/bin/env bash
# Makes the words that the hall's display says, with Debian's espeak-ng, until somebody records them: src/browser/make_clips.sh
# A recorded word takes the place of the file with its name. All are brought to one loudness.
# For a district's third language, into a folder whose files its officer then takes in, with the words for "number" and "counter":
#   src/browser/make_clips.sh ur /tmp/urdu نمبر کاؤنٹر
# The digits espeak-ng knows by itself in every language that it speaks (espeak-ng --voices).
set -euo pipefail
command -v espeak-ng >/dev/null && command -v ffmpeg >/dev/null || { echo "needs: apt-get install espeak-ng ffmpeg" >&2; exit 1; }

# What every word has in the mean, in decibels.
loudness=-18
# Silence before the first sound goes; turned round, that behind the last one too.
trim="silenceremove=start_periods=1:start_threshold=-45dB"

say() { # NAME VOICE WORD
    espeak-ng -v "$2" -s 135 -g 2 -w "$folder/said.wav" "$3"
    ffmpeg -loglevel error -y -i "$folder/said.wav" -af "$trim,areverse,$trim,areverse" "$folder/word.wav"
    mean=$(ffmpeg -i "$folder/word.wav" -af volumedetect -f null - 2>&1 | sed -n 's/.*mean_volume: \(.*\) dB/\1/p')
    gain=$(awk "BEGIN { print $loudness - ($mean) }")
    ffmpeg -loglevel error -y -i "$folder/word.wav" -af "volume=${gain}dB,alimiter=limit=0.85:level=false" \
        -ar 24000 -ac 1 -b:a 32k -map_metadata -1 "$1.mp3"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ $# -eq 4 ]; then
    mkdir -p "$2"
    for digit in 0 1 2 3 4 5 6 7 8 9; do say "$2/$digit" "$1" "$digit"; done
    say "$2/number" "$1" "$3"
    say "$2/counter" "$1" "$4"
    exit
fi
cd "$(dirname "$0")/../../static/clips"
hindi=(शून्य एक दो तीन चार पाँच छह सात आठ नौ)
english=(zero one two three four five six seven eight nine)
for digit in "${!hindi[@]}"; do
    say "hi-$digit" hi "${hindi[$digit]}"
    say "en-$digit" en-gb "${english[$digit]}"
done
say hi-number hi "नंबर"
say hi-counter hi "काउंटर"
say en-number en-gb "number"
say en-counter en-gb "counter"
