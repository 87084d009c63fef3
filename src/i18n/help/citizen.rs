use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("How to get vaccinated", "टीका कैसे लगवाएँ"),
    steps: &[
        both("See on the first page where there are free places.", "पहले पेज पर देखें कि कहाँ जगह खाली है।"),
        both(
            "Go to your zone office with a photo ID. The token is free. No mobile phone is needed.",
            "फ़ोटो पहचान-पत्र लेकर अपने ज़ोन कार्यालय जाएँ। टोकन मुफ़्त है। मोबाइल ज़रूरी नहीं।",
        ),
        both(
            "Keep the slip dry and unfolded, or photograph it. Do not tell anybody the secret code before the centre asks.",
            "पर्ची सूखी और बिना मोड़े रखें, या फ़ोटो ले लें। गुप्त कोड केंद्र के पूछने से पहले किसी को न बताएँ।",
        ),
        both(
            "Come at the time on the slip, with the same ID. You need not stand in line earlier.",
            "पर्ची पर लिखे समय पर, उसी पहचान-पत्र के साथ आएँ। पहले से कतार में खड़े होने की ज़रूरत नहीं।",
        ),
        both(
            "After the jab stay for 30 minutes. Your own page then says what is recorded, and has a slip for it.",
            "टीके के बाद 30 मिनट रुकें। फिर आपके अपने पेज पर दिखता है कि क्या दर्ज हुआ, और उसकी पर्ची मिलती है।",
        ),
    ],
    keys: &[],
    troubles: &[
        (
            both("You cannot come", "नहीं आ सकते"),
            both(
                "Open \"See my token\", and change the time or cancel with the secret code. Or call the zone office.",
                "\"अपना टोकन देखें\" खोलें और गुप्त कोड से समय बदलें या रद्द करें। या ज़ोन कार्यालय को फ़ोन करें।",
            ),
        ),
        (
            both("You are late", "देर हो गई"),
            both(
                "Come all the same: until the session ends you are let in after those of the present time.",
                "फिर भी आएँ: सत्र ख़त्म होने तक, उस समय वालों के बाद अंदर जाने दिया जाएगा।",
            ),
        ),
        (
            both("The slip is lost", "पर्ची खो गई"),
            both(
                "The zone office or the centre's help desk prints it again when you show your ID.",
                "पहचान-पत्र दिखाने पर ज़ोन कार्यालय या केंद्र का हेल्प डेस्क फिर छाप देगा।",
            ),
        ),
        (
            both("Something in the record is wrong", "रिकॉर्ड में कुछ ग़लत है"),
            both(
                "Open \"See my token\" and choose \"Something is wrong\". The answer stands on the same page.",
                "\"अपना टोकन देखें\" खोलें और \"कुछ ग़लत है\" चुनें। जवाब उसी पेज पर आता है।",
            ),
        ),
        (
            both("No message came", "SMS नहीं आया"),
            both(
                "The slip is enough. Ask at the zone office whether your number is right.",
                "पर्ची काफ़ी है। ज़ोन कार्यालय से पूछें कि आपका नंबर सही है या नहीं।",
            ),
        ),
    ],
};
