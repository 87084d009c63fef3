use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("In the district office", "ज़िला कार्यालय में"),
    steps: &[
        both(
            "A week before: take in zones, centres, sessions and users from CSV files (\"Import\"). A file is checked first; you see what changes.",
            "एक हफ़्ते पहले: ज़ोन, केंद्र, सत्र और यूज़र CSV फ़ाइलों से लें (\"आयात\")। पहले फ़ाइल जँचती है; क्या बदलेगा, दिखता है।",
        ),
        both(
            "The day before: enrol a phone for each gate (\"Gates\"). Scan the code with the phone's camera; the phone must then say \"Up to date\".",
            "एक दिन पहले: हर गेट के लिए फ़ोन जोड़ें (\"गेट\")। कोड फ़ोन के कैमरे से स्कैन करें; फिर फ़ोन पर \"सब ताज़ा\" आना चाहिए।",
        ),
        both(
            "In the morning: open \"The day\". Every phone was heard within the hour? Call the centre whose phone is silent.",
            "सुबह: \"आज का दिन\" खोलें। हर फ़ोन से एक घंटे में बात हुई? जो चुप है, उस केंद्र को फ़ोन करें।",
        ),
        both(
            "During the day: watch who was turned back and why. Many \"too early\" at one centre means the queue there is in the sun: call them.",
            "दिन में: देखें कि कितने और क्यों लौटाए गए। एक केंद्र पर बहुत \"समय नहीं हुआ\" हो तो वहाँ लोग धूप में खड़े हैं: फ़ोन करें।",
        ),
        both(
            "\"To be settled\": two facts that do not go together. Ask the centre what happened, and choose.",
            "\"देखना बाकी\": दो बातें जो मेल नहीं खातीं। केंद्र से पूछें कि क्या हुआ, फिर चुनें।",
        ),
        both(
            "In the evening: all doses recorded, nothing waiting to be sent, nothing near its deadline.",
            "शाम को: सब खुराकें दर्ज, कुछ भेजना बाकी नहीं, किसी की समय-सीमा पास नहीं।",
        ),
    ],
    keys: &[("F1", both("this page", "यह पन्ना"))],
    troubles: &[
        (
            both("No vaccine or no power at a centre", "किसी केंद्र पर टीका या बिजली नहीं"),
            both(
                "\"The day\": stop the session. The gates say so at once, and where there is no link as soon as they hear it: call them too.",
                "\"आज का दिन\": सत्र रोकें। गेट पर तुरंत दिखता है; जहाँ नेटवर्क नहीं, वहाँ फ़ोन भी करें।",
            ),
        ),
        (
            both("A gate's phone is lost or broken", "गेट का फ़ोन खो गया या ख़राब"),
            both(
                "\"Gates\": revoke it and enrol another. Its lane goes to the new phone. No personal data is on the lost one.",
                "\"गेट\": उसे हटाएँ और दूसरा जोड़ें। लाइन नए फ़ोन को मिलती है। खोए फ़ोन में किसी का निजी विवरण नहीं है।",
            ),
        ),
        (
            both("A gate works alone for hours", "कोई गेट घंटों से अकेला"),
            both(
                "That is all right until the time it shows (\"ready until\"). Scans come in when the link is back.",
                "दिखाए गए समय (\"तैयार\") तक ठीक है। नेटवर्क आते ही स्कैन आ जाएँगे।",
            ),
        ),
        (
            both("Somebody forgot the password", "कोई पासवर्ड भूल गया"),
            both(
                "Five wrong tries lock for five minutes. See who it is, then give a new password.",
                "पाँच ग़लत कोशिशों पर पाँच मिनट बंद। पहचान करके नया पासवर्ड दें।",
            ),
        ),
        (
            both("Somebody complains, or tokens were sold", "शिकायत, या टोकन बेचे जाने का शक"),
            both("\"Audit log\": who did what, when, to whose token.", "\"कामों का लेखा\": किसने, कब, किसके टोकन के साथ क्या किया।"),
        ),
        (
            both("A file is not taken in", "फ़ाइल आयात नहीं होती"),
            both(
                "Nothing was changed. Download it with the error column, correct those rows, send it again.",
                "कुछ नहीं बदला। त्रुटि वाले खाने के साथ उतारें, वे पंक्तियाँ ठीक करें, फिर भेजें।",
            ),
        ),
        (
            both("A camp wrote its doses down on paper", "शिविर में खुराकें काग़ज़ पर लिखी गईं"),
            both(
                "Type them into a table with the columns of \"Import\" → \"Doses of a camp\", save as CSV, and choose it there. Each row has its own answer.",
                "\"आयात\" → \"शिविर की खुराकें\" में बताए कॉलम वाली तालिका में भरें, CSV में सहेजें और वहाँ चुनें। हर लाइन का अपना जवाब मिलता है।",
            ),
        ),
        (
            both("New people at a counter or gate", "काउंटर या गेट पर नए लोग"),
            both(
                "Half an hour of \"Practice\" with the sheet of sample codes. Nothing there counts.",
                "नमूने के कोड के साथ आधा घंटा \"अभ्यास\"। वहाँ कुछ गिना नहीं जाता।",
            ),
        ),
    ],
};
