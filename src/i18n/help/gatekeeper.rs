use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("At the gate", "गेट पर"),
    steps: &[
        both(
            "In the morning, where there is a network: open the gate and leave it open until the top line says \"Up to date\" and \"ready until\". Charge the phone.",
            "सुबह नेटवर्क में: गेट खोलें और तब तक खुला रखें जब तक ऊपर की लाइन में \"सब ताज़ा\" और \"तैयार\" न आए। फ़ोन चार्ज रखें।",
        ),
        both("Touch \"Start the gate\". Allow the camera.", "\"गेट शुरू करें\" दबाएँ। कैमरे की अनुमति दें।"),
        both(
            "Hold the slip a hand's length before the camera. If the code is torn, touch \"Type the number\".",
            "पर्ची कैमरे से एक हाथ दूर रखें। कोड फटा हो तो \"नंबर टाइप करें\" दबाएँ।",
        ),
        both(
            "Green, ✔: compare birth year and the ID's end with the card. They match: let the person in. Touch \"Next\" or scan the next slip.",
            "हरा, ✔: जन्म वर्ष और पहचान-पत्र के अंतिम अक्षर कार्ड से मिलाएँ। मेल खाएँ तो अंदर जाने दें। \"अगला\" दबाएँ या अगली पर्ची स्कैन करें।",
        ),
        both(
            "Yellow, clock: read the second line aloud: when to come, or the new time. Blue, arrow: where to go. Dark red, ✖: call the supervisor.",
            "पीला, घड़ी: दूसरी लाइन पढ़कर सुनाएँ: कब आना है या नया समय। नीला, तीर: कहाँ जाना है। गहरा लाल, ✖: पर्यवेक्षक को बुलाएँ।",
        ),
        both(
            "Nobody goes without a next step: a new time on the slip, the help desk, or the zone office.",
            "किसी को बिना अगला कदम बताए न भेजें: पर्ची पर नया समय, हेल्प डेस्क, या ज़ोन कार्यालय।",
        ),
        both(
            "In the evening: leave the gate open where there is a network until nothing is \"to send\".",
            "शाम को: नेटवर्क में गेट खुला रखें जब तक \"भेजना बाकी\" ख़त्म न हो।",
        ),
    ],
    keys: &[],
    troubles: &[
        (
            both("No network: \"Working alone\"", "नेटवर्क नहीं: \"अकेले काम कर रहा है\""),
            both(
                "Go on. The phone decides by itself and sends later. Do not close the page.",
                "काम करते रहें। फ़ोन खुद जाँचता है और बाद में भेजता है। पन्ना बंद न करें।",
            ),
        ),
        (
            both("Card does not match", "कार्ड मेल नहीं खाता"),
            both(
                "Touch \"Card does not match\" and call the supervisor. The true holder can still come in later.",
                "\"कार्ड मेल नहीं खाता\" दबाएँ और पर्यवेक्षक को बुलाएँ। असली व्यक्ति बाद में आ सकता है।",
            ),
        ),
        (
            both("\"Compare the card\"", "\"कार्ड मिलाकर जाने दें\""),
            both(
                "The phone has not heard of this token. If the card matches, touch \"Card compared, let in unverified\".",
                "फ़ोन ने यह टोकन नहीं सुना। कार्ड मेल खाए तो \"कार्ड मिलाया, बिना जाँच अंदर\" दबाएँ।",
            ),
        ),
        (
            both("Somebody without a token", "बिना टोकन आया व्यक्ति"),
            both(
                "Touch \"No token\", say why, and send them to the help desk or the zone office.",
                "\"बिना टोकन\" दबाएँ, कारण चुनें, और हेल्प डेस्क या ज़ोन कार्यालय भेजें।",
            ),
        ),
        (
            both("Somebody who cannot come in alone", "जो अकेले अंदर नहीं जा सकते"),
            both("One helper goes in with them, without a token and uncounted.", "साथ में एक सहायक जाए, बिना टोकन, गिनती में नहीं।"),
        ),
        (
            both("Back from the toilet or photocopy", "शौचालय या फ़ोटोकॉपी से लौटे"),
            both(
                "\"Already used\" comes. Compare the card and touch \"Let in again\".",
                "\"टोकन इस्तेमाल हो चुका है\" आएगा। कार्ड मिलाकर \"दोबारा प्रवेश\" दबाएँ।",
            ),
        ),
        (both("Let in by mistake", "ग़लती से जाने दिया"), both("Touch \"Undo\" within a minute.", "एक मिनट के भीतर \"वापस लें\" दबाएँ।")),
        (
            both("Very old or ill, but too early", "बहुत बुज़ुर्ग या बीमार, पर समय से पहले"),
            both("Touch \"Let in anyway\" and choose the reason.", "\"फिर भी अंदर\" दबाएँ और कारण चुनें।"),
        ),
        (
            both("\"Is it … now?\"", "\"क्या अभी … बजे हैं?\""),
            both(
                "Look at a watch and answer. Until then nobody is turned back for the time.",
                "घड़ी देखकर जवाब दें। तब तक समय के कारण किसी को नहीं लौटाया जाता।",
            ),
        ),
        (
            both("The centre is running late", "केंद्र देर से चल रहा है"),
            both(
                "Tell the operator: once it is said under \"Running late\", nobody is turned back for it.",
                "ऑपरेटर को बताएँ: \"देर से चल रहा है\" दबाने के बाद इस वजह से कोई नहीं लौटाया जाता।",
            ),
        ),
        (
            both("The phone breaks", "फ़ोन ख़राब हो जाए"),
            both(
                "Another phone takes over the lane: call the supervisor, who calls the officer.",
                "दूसरा फ़ोन लाइन ले लेता है: पर्यवेक्षक को बताएँ, वे अधिकारी को बताएँगे।",
            ),
        ),
    ],
};
