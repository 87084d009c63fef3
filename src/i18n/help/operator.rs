use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("Inside the centre", "केंद्र के अंदर"),
    steps: &[
        both(
            "In the morning: log in and look at the register of the day: who comes when. Print the list, in case the power fails.",
            "सुबह: लॉग इन करें और आज का रजिस्टर देखें: कौन कब आएगा। बिजली जाने के लिए सूची छाप लें।",
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
            "Record the dose at once: right vaccine, right dose, batch from the vial. What is not recorded in time does not reach the portal.",
            "खुराक तुरंत दर्ज करें: सही टीका, सही खुराक, शीशी से बैच। समय पर दर्ज न हुई खुराक पोर्टल पर नहीं पहुँचती।",
        ),
        both("Watch everybody for 30 minutes. Say when the next dose is due.", "हर व्यक्ति पर 30 मिनट नज़र रखें। अगली खुराक कब है, बताएँ।"),
        both(
            "Help desk: find a lost slip by name or mobile, see the ID, print it again. Who was turned back gets a new time before leaving.",
            "हेल्प डेस्क: खोई पर्ची नाम या मोबाइल से खोजें, पहचान-पत्र देखें, फिर छापें। लौटाए गए व्यक्ति को जाने से पहले नया समय दें।",
        ),
        both("In the evening: nothing left to key in? Then log out.", "शाम को: कुछ दर्ज करना बाकी तो नहीं? फिर लॉग आउट करें।"),
    ],
    keys: &[
        ("F2", both("new token", "नया टोकन")),
        ("F4", both("search: number, mobile, name", "खोज: नंबर, मोबाइल, नाम")),
        ("Enter", both("next empty field, then done", "अगला खाली खाना, फिर दर्ज")),
        ("F8", both("print again", "फिर छापें")),
        ("F1", both("this page", "यह पन्ना")),
    ],
    troubles: &[
        (
            both("No network or no power", "नेटवर्क या बिजली नहीं"),
            both(
                "Go on vaccinating. Write call number, token number, batch and time on paper, and key it in the same day.",
                "टीका लगाते रहें। कॉल नंबर, टोकन नंबर, बैच और समय काग़ज़ पर लिखें, और उसी दिन दर्ज करें।",
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
            both("First the doctor, then the entry on the screen, then the supervisor.", "पहले डॉक्टर, फिर स्क्रीन पर दर्ज, फिर पर्यवेक्षक।"),
        ),
    ],
};
