//! A spoken word for the hall's display: which there are, and whether a file holds one.

use crate::words::words;

words! {
    /// How a word is recorded.
    Sound {
        /// MPEG layer 3.
        Mp3 = "mp3",
        /// PCM.
        Wav = "wav",
    }
}

/// The words that the display says, as their files are called.
pub const WORDS: [&str; 12] = ["number", "counter", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The most bytes of a word: three seconds of uncompressed sound.
pub const MOST_BYTES: usize = 300_000;

/// The shortest and the longest word, in milliseconds.
const LENGTHS: std::ops::RangeInclusive<usize> = 100..=3_000;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadClip {
    /// Its name is none of the words.
    Name,
    /// Neither MP3 nor WAV.
    Kind,
    /// Too many bytes.
    Size,
    /// Too short or too long to be one word.
    Length,
}

impl Sound {
    /// What browsers are told.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
        }
    }
}

/// The word that a file is named for: `number.mp3`, `7.WAV`, `ur-7.mp3`.
pub fn word_of(file_name: &str) -> Result<&'static str, BadClip> {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem).to_ascii_lowercase();
    let stem = stem.rsplit('-').next().unwrap_or("");
    WORDS.into_iter().find(|word| *word == stem).ok_or(BadClip::Name)
}

/// What kind of sound a file holds, when it is one word.
pub fn check(bytes: &[u8]) -> Result<Sound, BadClip> {
    if bytes.len() > MOST_BYTES {
        return Err(BadClip::Size);
    }
    let wav = wav_length(bytes).map(|length| (Sound::Wav, length));
    let (sound, length) = wav.or_else(|| mp3_length(bytes).map(|length| (Sound::Mp3, length))).ok_or(BadClip::Kind)?;
    if LENGTHS.contains(&length) { Ok(sound) } else { Err(BadClip::Length) }
}

/// The milliseconds of a WAV file of PCM.
fn wav_length(bytes: &[u8]) -> Option<usize> {
    let four = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut a_second) = (12, None);
    loop {
        let (name, long) = (bytes.get(at..at + 4)?, four(at + 4)?);
        match name {
            b"fmt " => {
                let format = u16::from_le_bytes(bytes.get(at + 8..at + 10)?.try_into().ok()?);
                a_second = Some(four(at + 16)?).filter(|rate| matches!(format, 1 | 0xfffe) && *rate > 0);
            }
            // A recorder that was cut off says more than there is.
            b"data" => return Some(long.min(bytes.len() - at - 8) * 1000 / a_second?),
            _ => {}
        }
        at = at.checked_add(8 + long + long % 2)?;
    }
}

/// The milliseconds of an MP3 file: its frames one after another.
fn mp3_length(bytes: &[u8]) -> Option<usize> {
    const MPEG1: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const MPEG2: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    const RATES: [usize; 3] = [44_100, 48_000, 32_000];
    let mut at = 0;
    if bytes.get(..3)? == b"ID3" {
        // Its length is in four bytes of seven bits.
        at = 10 + bytes.get(6..10)?.iter().fold(0, |long, seven| (long << 7) | usize::from(seven & 0x7f));
    }
    let (mut samples, mut rate) = (0, 0);
    while let Some([0xff, second, third, _]) = bytes.get(at..at + 4) {
        // Layer 3 only; 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5.
        let version = usize::from((second >> 3) & 3);
        if second & 0xe0 != 0xe0 || version == 1 || (second >> 1) & 3 != 1 {
            break;
        }
        let table = if version == 3 { MPEG1 } else { MPEG2 };
        let kilobits = *table.get(usize::from(third >> 4)).filter(|kilobits| **kilobits > 0)?;
        rate = *RATES.get(usize::from((third >> 2) & 3))? / [4, 1, 2, 1][version];
        let in_frame = if version == 3 { 1152 } else { 576 };
        samples += in_frame;
        at += in_frame / 8 * kilobits * 1000 / rate + usize::from((third >> 1) & 1);
    }
    if samples == 0 { None } else { Some(samples * 1000 / rate) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wav(seconds_in_tenths: usize) -> Vec<u8> {
        let long = seconds_in_tenths * 1600;
        let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        file.extend([16, 0, 0, 0, 1, 0, 1, 0]);
        file.extend(8_000_u32.to_le_bytes());
        file.extend(16_000_u32.to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"data");
        file.extend((long as u32).to_le_bytes());
        file.extend(vec![0; long]);
        file
    }

    #[test]
    fn our_own_clips_are_clips() {
        for lang in ["hi", "en"] {
            for word in WORDS {
                let file = format!("{}/static/clips/{lang}-{word}.mp3", env!("CARGO_MANIFEST_DIR"));
                assert_eq!(check(&std::fs::read(&file).unwrap()), Ok(Sound::Mp3), "{file}");
                assert_eq!(word_of(&file), Ok(word));
            }
        }
    }

    #[test]
    fn what_is_no_single_word_is_refused() {
        assert_eq!(check(&wav(9)), Ok(Sound::Wav));
        assert_eq!(check(&wav(31)), Err(BadClip::Length));
        assert_eq!(check(&wav(0)), Err(BadClip::Length));
        assert_eq!(check(&vec![0; MOST_BYTES + 1]), Err(BadClip::Size));
        assert_eq!(check(b"<html>"), Err(BadClip::Kind));
        assert_eq!(check(b""), Err(BadClip::Kind));
        assert_eq!(word_of("10.mp3"), Err(BadClip::Name));
        assert_eq!(word_of("Number.WAV"), Ok("number"));
    }

    proptest! {
        #[test]
        fn checking_never_panics(file in prop::collection::vec(any::<u8>(), 0..200), head in 0..3) {
            let mut bytes = [&b""[..], b"RIFF\0\0\0\0WAVEfmt ", b"\xff\xfb\x90\x00"][head as usize].to_vec();
            bytes.extend(file);
            let _ = check(&bytes);
        }
    }
}
