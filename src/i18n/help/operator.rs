use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("Inside the centre", "केंद्र के अंदर"),
    steps: &[
        both(
            "In the morning: log in, and print the day list from the register, in case the power fails. Fill in the \"Opening check\": vials received by batch, printer, staff, paper. Open a vial with its batch (F6).",
            "सुबह: लॉग इन करें, रजिस्टर से दिन की सूची छाप लें, बिजली जाए तो काम आएगी। \"तैयारी की जाँच\" भरें: बैच के अनुसार मिली शीशियाँ, प्रिंटर, कर्मचारी, काग़ज़। बैच लिखकर शीशी खोलें (F6)।",
        ),
        both(
            "Open \"Hall\", set your counter, and choose \"Call the next one\": the number is shown and spoken, never a name. Nobody comes: \"Call again\", then \"Did not come\". Finished: \"Done here\".",
            "\"हॉल\" खोलें, अपना काउंटर चुनें और \"अगले को बुलाएँ\" दबाएँ: नंबर दिखता और बोला जाता है, नाम कभी नहीं। कोई न आए: \"फिर बुलाएँ\", फिर \"नहीं आए\"। हो गया: \"यहाँ का काम पूरा\"।",
        ),
        both(
            "Before the jab: see the ID, compare it with the screen, ask for the secret code on the slip.",
            "टीके से पहले: पहचान-पत्र देखें, स्क्रीन से मिलाएँ, पर्ची का गुप्त कोड पूछें।",
        ),
        both(
            "Record the dose at once: call number, code, vial, Enter. What is not recorded in time does not reach the portal.",
            "खुराक तुरंत दर्ज करें: कॉल नंबर, कोड, शीशी, Enter। समय पर दर्ज न हुई खुराक पोर्टल पर नहीं पहुँचती।",
        ),
        both(
            "Watch everybody for 30 minutes: the page rings when somebody's time is over. See them off there, and say when the next dose is due.",
            "हर व्यक्ति पर 30 मिनट नज़र रखें: समय पूरा होने पर पेज घंटी बजाता है। वहीं विदा करें और अगली खुराक कब है, बताएँ।",
        ),
        both(
            "Fever or unwilling: \"No dose today\", and why. Whoever is ill gets a new place at once.",
            "बुख़ार हो या इच्छुक न हों: \"आज टीका नहीं\" और कारण। बीमार को नई जगह तुरंत मिलती है।",
        ),
        both(
            "Help desk: find a lost slip by name or mobile, see the ID, print it again. Who was turned back gets a new time before leaving.",
            "हेल्प डेस्क: खोई पर्ची नाम या मोबाइल से खोजें, पहचान-पत्र देखें, फिर छापें। लौटाए गए व्यक्ति को जाने से पहले नया समय दें।",
        ),
        both(
            "In the evening: nothing overdue under \"Deadlines\", nothing refused under \"Portal\"? Then \"Closing the day\": what does not add up stands there by name; settle it, count the unopened vials, let the in-charge confirm with their name, print and sign.",
            "शाम को: \"समय-सीमा\" में कुछ छूटा नहीं, \"पोर्टल\" ने कुछ लौटाया नहीं? फिर \"दिन का हिसाब\": जो मेल नहीं खाता वह नाम के साथ लिखा है; उसे निपटाएँ, बिना खुली शीशियाँ गिनें, केंद्र प्रभारी अपने नाम से पुष्टि करें, छापकर हस्ताक्षर करें।",
        ),
    ],
    keys: &[
        ("F4", both("search", "खोज")),
        ("Enter", both("record", "दर्ज करें")),
        ("F6", both("open a vial", "शीशी खोलें")),
        ("F7", both("discard the vial", "शीशी फेंकें")),
        ("F9", both("put it back", "शीशी लौटाएँ")),
        ("F1", both("this page", "यह पन्ना")),
    ],
    troubles: &[
        (
            both("No network or no power", "नेटवर्क या बिजली नहीं"),
            both(
                "No network: go on at the same page and do not log out. It calls and records without a link, sends everything later by itself, and lists what was not taken. No power: write call number, token number, batch and time on paper, and key it in the same day.",
                "नेटवर्क नहीं: उसी पेज पर काम करते रहें, लॉग आउट न करें। बिना लिंक भी वह बुलाता और दर्ज करता है, बाद में सब अपने आप भेजता है, और जो दर्ज न हो उसकी सूची दिखाता है। बिजली नहीं: कॉल नंबर, टोकन नंबर, बैच और समय काग़ज़ पर लिखें, उसी दिन दर्ज करें।",
            ),
        ),
        (
            both("The secret code is not known", "गुप्त कोड पता नहीं"),
            both(
                "Look at the slip or the SMS. Otherwise compare the ID with care and choose the reason on the screen.",
                "पर्ची या SMS देखें। न मिले तो पहचान-पत्र ध्यान से मिलाएँ और स्क्रीन पर कारण चुनें।",
            ),
        ),
        (
            both("Another name or ID than on the token", "टोकन से अलग नाम या पहचान-पत्र"),
            both("Do not vaccinate yet. Call the supervisor.", "अभी टीका न लगाएँ। पर्यवेक्षक को बुलाएँ।"),
        ),
        (
            both("Too soon for the second dose", "दूसरी खुराक का समय नहीं हुआ"),
            both("The screen says from which day on. Give a time from that day on.", "स्क्रीन पर तारीख़ लिखी है। उस दिन के बाद का समय दें।"),
        ),
        (
            both("Vaccine is running out", "टीका ख़त्म हो रहा है"),
            both(
                "Call the officer at once: the session is stopped and everybody gets a new time. Nobody waits in vain.",
                "तुरंत अधिकारी को फ़ोन करें: सत्र रुकता है और सबको नया समय मिलता है। कोई बेकार न बैठे।",
            ),
        ),
        (
            both("Somebody feels unwell", "किसी की तबीयत बिगड़े"),
            both(
                "First the doctor. Then open the dose's record and \"Note an adverse event\"; if it is severe, send the case form within 24 hours.",
                "पहले डॉक्टर। फिर खुराक का रिकॉर्ड खोलकर \"प्रतिकूल घटना दर्ज करें\"; घटना तीव्र हो तो केस फ़ॉर्म 24 घंटे में भेजें।",
            ),
        ),
        (
            both("The centre is running late", "केंद्र देर से चल रहा है"),
            both(
                "\"Counter\", then \"Running late\": choose by how much. Then the gates turn nobody back for it.",
                "\"काउंटर\" में \"देर से चल रहा है\": कितनी देर, चुनें। फिर गेट इस वजह से किसी को नहीं लौटाते।",
            ),
        ),
        (
            both("Somebody went away before the turn came", "कोई बारी से पहले चला गया"),
            both(
                "\"Closing the day\": \"Went away without a dose\" beside the name, or for all who are left at once.",
                "\"दिन का हिसाब\" में नाम के सामने \"बिना टीके के गए\" दबाएँ, या बचे हुए सबके लिए एक साथ।",
            ),
        ),
        (
            both("A dose comes in after the day was closed", "दिन बंद होने के बाद खुराक दर्ज करनी है"),
            both(
                "Record it as always. The closing then says what has changed since; open the day again only if the in-charge has to confirm anew.",
                "हमेशा की तरह दर्ज करें। हिसाब पर लिख जाता है कि बाद में क्या बदला; प्रभारी को फिर पुष्टि करनी हो तभी दिन फिर खोलें।",
            ),
        ),
        (
            both("A record is wrong", "रिकॉर्ड में ग़लती है"),
            both(
                "Open it from \"Recorded last\". Somebody else than who entered it corrects or withdraws it.",
                "\"अभी दर्ज हुईं\" से खोलें। जिसने दर्ज किया, उसके अलावा कोई दूसरा सुधारे या वापस ले।",
            ),
        ),
    ],
};
