//! One key for all spellings of a name, in Hindi and in English letters: राम, Ram and Raam are found by the same search.
//!
//! What is left of a name is the sound of its consonants, without aspiration, doubling, short and long vowels, and without
//! spaces: `शिव कुमार` and `Shivkumar` are one. Two names with one key may be two names: people compare, this only finds.

use unicode_normalization::UnicodeNormalization;

/// Forms of address that stand before a name and are no part of it.
const TITLES: [&str; 14] = ["श्री", "श्रीमती", "सुश्री", "डॉ", "डा", "shri", "shree", "sri", "smt", "dr", "mr", "mrs", "ms", "kum"];

/// The usual abbreviations of a name.
const MOHAMMAD: [&str; 6] = ["md", "mohd", "mhd", "मो", "मोह", "मोहम्म"];

/// The key of a name, small Latin letters; for a script that we cannot sound out, the letters themselves.
pub fn name_key(name: &str) -> String {
    // Decomposed, a nukta is a sign of its own and can be left out; so can joiners and the accents of scholarly spellings.
    let plain: String = name.nfd().flat_map(char::to_lowercase).filter(|c| !is_silent(*c)).collect();
    let mut words: Vec<&str> = plain.split(|c: char| !(c.is_alphanumeric() || is_sign(c))).filter(|word| !word.is_empty()).collect();
    while words.len() > 1 && TITLES.contains(&words[0]) {
        words.remove(0);
    }
    let mut sounds = String::new();
    for (at, word) in words.iter().enumerate() {
        let word = if words.len() > 1 && MOHAMMAD.contains(word) { "mohammad" } else { word };
        let heard = if word.chars().any(is_devanagari) { devanagari(word) } else { latin(word) };
        // Only the first vowel of the whole name is told apart: whether words are joined must not matter.
        sounds.push_str(if at == 0 { &heard } else { heard.trim_start_matches(['a', 'i', 'u']) });
    }
    let mut key = String::with_capacity(sounds.len());
    for c in sounds.chars() {
        if !key.ends_with(c) {
            key.push(c);
        }
    }
    if key.is_empty() { words.concat() } else { key }
}

/// Nukta, joiners, accents, visarga.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{93c}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{300}'..='\u{36f}' | '\u{903}')
}

fn is_devanagari(c: char) -> bool {
    ('\u{900}'..='\u{97f}').contains(&c)
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{955}'..='\u{957}' | '\u{962}' | '\u{963}')
}

const HALANT: char = '\u{94d}';

fn devanagari(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut sounds = String::new();
    for (at, c) in letters.iter().enumerate() {
        let first = at == 0;
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let sound = match c {
            'अ' | 'आ' | 'ऐ' | 'औ' | 'ऍ' | 'ऑ' if first => "a",
            'इ' | 'ई' | 'ए' | 'ऎ' if first => "i",
            'उ' | 'ऊ' | 'ओ' | 'ऒ' | 'ॐ' if first => "u",
            'ऋ' | 'ॠ' | 'ृ' | 'ॄ' | 'र' | 'ऱ' => "r",
            'क' | 'ख' => "k",
            'ग' | 'घ' => "g",
            'च' | 'छ' => "c",
            'ज' if after == Some(HALANT) && letters.get(at + 2) == Some(&'ञ') => "g",
            'ञ' if before == Some(HALANT) && at >= 2 && letters[at - 2] == 'ज' => "",
            'ज' | 'झ' => "j",
            'ट' | 'ठ' | 'त' | 'थ' => "t",
            'ड' | 'ढ' | 'द' | 'ध' => "d",
            'ङ' | 'ञ' | 'ण' | 'न' | 'ऩ' => "n",
            'प' | 'फ' => "p",
            'ब' | 'भ' | 'व' => "b",
            'म' => "m",
            'य' if first => "y",
            'ल' | 'ळ' | 'ऴ' => "l",
            'श' | 'ष' | 'स' => "s",
            // सिंह is written Singh.
            'ह' if matches!(before, Some('\u{901}' | '\u{902}')) => "g",
            // Joined to the consonant before it, or at the end, it is hardly heard.
            'ह' if before == Some(HALANT) || at + 1 == letters.len() => "",
            'ह' => "h",
            '\u{901}' | '\u{902}' => match after {
                None => "",
                Some('प' | 'फ' | 'ब' | 'भ' | 'म') => "m",
                Some(_) => "n",
            },
            _ => "",
        };
        sounds.push_str(sound);
    }
    sounds
}

fn latin(word: &str) -> String {
    let letters: Vec<char> = word.chars().filter(char::is_ascii_lowercase).collect();
    let is_vowel = |c: Option<char>| matches!(c, Some('a' | 'e' | 'i' | 'o' | 'u'));
    let mut sounds = String::new();
    let mut at = 0;
    while let Some(c) = letters.get(at).copied() {
        let first = at == 0;
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let rest = letters.len() - at;
        let mut taken = 1;
        let sound = match c {
            'a' if first => "a",
            'e' | 'i' if first => "i",
            'o' | 'u' if first => "u",
            // राव and देव are also written Rao and Deo.
            'o' if rest == 1 && matches!(before, Some('a' | 'e')) => "b",
            'g' if after == Some('y') => "g",
            'j' if after == Some('n') => {
                taken = 2;
                "g"
            }
            'd' if first && letters.get(1..3) == Some(&['n', 'y']) => {
                taken = 3;
                "g"
            }
            'c' if after == Some('h') => "c",
            'c' if matches!(after, Some('e' | 'i' | 'y')) => "s",
            'k' | 'q' | 'c' => "k",
            'x' if first => "j",
            'x' => "ks",
            'g' => "g",
            'j' | 'z' => "j",
            't' => "t",
            'd' => "d",
            'n' => "n",
            'p' | 'f' => "p",
            // Chowdhury is चौधरी.
            'w' if before == Some('o') && !is_vowel(after) => "",
            'b' | 'v' | 'w' => "b",
            'm' => "m",
            'r' => "r",
            'l' => "l",
            's' => "s",
            'y' if first => "y",
            'h' if first => "h",
            // After a consonant it is its aspiration; at the end it is hardly heard.
            'h' if is_vowel(before) && rest > 1 => "h",
            _ => "",
        };
        sounds.push_str(sound);
        at += taken;
    }
    sounds
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::name_key;

    /// Each line is one name.
    const ONE_NAME: [&[&str]; 34] = [
        &["राम", "Ram", "Raam", "RAM", "राम\u{200d}"],
        &["शर्मा", "Sharma", "Sarma", "शर्म\u{93e}", "श\u{930}\u{94d}\u{200c}मा"],
        &["लक्ष्मी", "Laxmi", "Lakshmi", "Lakshmee", "Laksmi", "लक्ष\u{94d}\u{200d}मी"],
        &["मोहम्मद", "Mohammad", "Muhammed", "Mohammed", "मुहम्मद"],
        &["मोहम्मद अली", "Md. Ali", "Mohd Ali", "मो. अली", "Muhammad Ali"],
        &["सिंह", "Singh", "Sing", "सिंघ"],
        &["शिव कुमार", "शिवकुमार", "Shiv Kumar", "Shivkumar", "Shiva Kumar", "Siv Kumar"],
        &["राममोहन", "राम मोहन", "Ram Mohan", "Rammohan"],
        &["फ़ातिमा", "फातिमा", "Fatima", "Phatima", "Fathima"],
        &["ज़ाकिर", "जाकिर", "Zakir", "Jakir", "\u{95b}ाकिर"],
        &["क़ासिम", "कासिम", "Qasim", "Kasim", "\u{958}ासिम"],
        &["संपत", "सम्पत", "Sampat", "Sampath"],
        &["पांडे", "पाण्डेय", "पाँडे", "Pandey", "Pande", "Paandey"],
        &["चौधरी", "Chaudhary", "Choudhury", "Chowdhury", "Chaudhari", "Choudhari"],
        &["विष्णु", "Vishnu", "Bishnu", "बिष्णु", "Wishnu"],
        &["कृष्णा", "Krishna", "Krishnaa", "Krushna", "Krisna", "Kṛṣṇa", "कृष्ण"],
        &["श्रीवास्तव", "Shrivastava", "Srivastav", "Shrivastav"],
        &["अब्दुल्ला", "अब्दुल्लाह", "Abdulla", "Abdullah"],
        &["शाह", "Shah", "साह", "Sah"],
        &["साहू", "Sahu", "Sahoo"],
        &["राव", "Rao", "Raav"],
        &["ज्ञान", "Gyan", "Jnan"],
        &["ज्योति", "Jyoti", "Jyothi", "Joti"],
        &["प्रिया", "Priya", "Pria"],
        &["यादव", "Yadav", "Yadava"],
        &["मेहता", "Mehta", "Mehata"],
        &["महेश", "Mahesh", "Mahes"],
        &["इंदिरा", "इन्दिरा", "Indira", "Indeera"],
        &["उषा", "ऊषा", "Usha", "Oosha"],
        &["द्विवेदी", "Dwivedi", "Dvivedi", "Dwibedi"],
        &["छाया", "Chhaya", "Chaya"],
        &["श्रीमती गीता बाई", "Smt. Geeta Bai", "गीता बाई", "Gita Bai", "geeta  BAI"],
        &["ढालसिंह", "Dhal Singh", "Dhalsingh"],
        &["देवांगन", "Dewangan", "Devangan"],
    ];

    #[test]
    fn spellings_of_one_name_have_one_key_and_other_names_another() {
        let mut keys = std::collections::BTreeMap::new();
        for names in ONE_NAME {
            let key = name_key(names[0]);
            for name in names {
                assert_eq!(name_key(name), key, "{name} and {}", names[0]);
            }
            // शाह and ज्योति are short; what counts is that these names are not one.
            if let Some(other) = keys.insert(key.clone(), names[0]) {
                panic!("{} and {other} are both {key}", names[0]);
            }
        }
    }

    #[test]
    fn a_name_in_another_script_keeps_its_letters() {
        assert_eq!(name_key("রহিম"), "রহিম");
        assert_ne!(name_key("রহিম"), name_key("করিম"));
    }

    /// Syllables of names, in both scripts.
    const SYLLABLES: [(&str, &str); 20] = [
        ("रा", "ra"),
        ("मो", "mo"),
        ("सी", "see"),
        ("ता", "taa"),
        ("कु", "ku"),
        ("नी", "nee"),
        ("दे", "de"),
        ("वी", "vi"),
        ("ला", "la"),
        ("शि", "shi"),
        ("गो", "go"),
        ("पा", "pa"),
        ("जै", "jai"),
        ("भो", "bho"),
        ("धी", "dhi"),
        ("चा", "cha"),
        ("ठा", "tha"),
        ("फू", "phoo"),
        ("घा", "gha"),
        ("हे", "he"),
    ];

    proptest! {
        #[test]
        fn what_is_written_in_both_scripts_has_one_key(parts in prop::collection::vec(0..SYLLABLES.len(), 1..8)) {
            let [hindi, english] = [0, 1].map(|script| parts.iter().map(|at| if script == 0 { SYLLABLES[*at].0 } else { SYLLABLES[*at].1 }).collect::<String>());
            prop_assert_eq!(name_key(&hindi), name_key(&english));
            // Neither spaces, joiners, case, nor the form of Unicode change it.
            prop_assert_eq!(name_key(&english.to_uppercase()), name_key(&english));
            let spaced = parts.iter().map(|at| SYLLABLES[*at].0).collect::<Vec<_>>().join("\u{200d}");
            prop_assert_eq!(name_key(&spaced), name_key(&hindi));
        }

        #[test]
        fn any_text_has_a_key_and_a_key_is_its_own(text in "\\PC{0,60}") {
            let key = name_key(&text);
            prop_assert!(!key.contains(' '));
            prop_assert!(text.chars().any(char::is_alphanumeric) || key.is_empty());
        }

        #[test]
        fn a_search_for_the_beginning_finds_the_whole(first in 0..SYLLABLES.len(), rest in prop::collection::vec(0..SYLLABLES.len(), 0..5)) {
            let begun = SYLLABLES[first].1;
            let whole = format!("{begun}{}", rest.iter().map(|at| SYLLABLES[*at].0).collect::<String>());
            let devanagari = format!("{}{}", SYLLABLES[first].0, rest.iter().map(|at| SYLLABLES[*at].0).collect::<String>());
            prop_assert!(name_key(&devanagari).starts_with(&name_key(begun)), "{whole}");
        }
    }
}
