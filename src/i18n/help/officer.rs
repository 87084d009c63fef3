use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("In the district office", "ज़िला कार्यालय में"),
    steps: &[
        both(
            "A week before: \"Set up\" zones, centres, sessions and users, one by one or from CSV files. You see what changes before it does, and can undo it. Copy a day's sessions to other days, or a week's to the next weeks; set \"Holidays\", which close their day; close a day for a centre, a zone or all. \"Planning\" says how many vaccinators it takes.",
            "एक हफ़्ते पहले: \"व्यवस्था\" में ज़ोन, केंद्र, सत्र और यूज़र जोड़ें, एक-एक करके या CSV फ़ाइल से। बदलने से पहले दिखता है कि क्या बदलेगा, और वापस भी हो सकता है। एक दिन के सत्र दूसरे दिनों पर, या पूरे हफ़्ते के सत्र अगले हफ़्तों पर कॉपी करें; \"छुट्टियाँ\" दर्ज करें, उस दिन के सत्र बंद हो जाते हैं; एक केंद्र, ज़ोन या पूरे ज़िले का दिन बंद करें। कितने टीका लगाने वाले चाहिए, \"योजना\" बताती है।",
        ),
        both(
            "The day before: enrol a phone for each gate (\"Gates\"). Scan the code with the phone's camera; the phone must then say \"Up to date\".",
            "एक दिन पहले: हर गेट के लिए फ़ोन जोड़ें (\"गेट\")। कोड फ़ोन के कैमरे से स्कैन करें; फिर फ़ोन पर \"सब ताज़ा\" आना चाहिए।",
        ),
        both(
            "In the morning: open \"The day\". Every phone was heard within the hour? Call the centre whose phone is silent, and those that are not ready; their hour you set under \"Opening and closing\".",
            "सुबह: \"आज का दिन\" खोलें। हर फ़ोन से एक घंटे में बात हुई? जो चुप है या तैयार नहीं, उस केंद्र को फ़ोन करें; तैयारी का समय \"तैयारी और हिसाब\" में तय करें।",
        ),
        both(
            "During the day: watch who was turned back and why. Many \"too early\" at one centre means the queue there is in the sun: call them.",
            "दिन में: देखें कि कितने और क्यों लौटाए गए। एक केंद्र पर बहुत \"समय नहीं हुआ\" हो तो वहाँ लोग धूप में खड़े हैं: फ़ोन करें।",
        ),
        both(
            "\"To be settled\": two facts that do not go together; ask the centre what happened, and choose. \"Reports from people\": answer them; the answer stands on the person's own page. \"The day\" counts what is to settle; in each list press \"I take it\", so that nobody does it twice and nothing is left to nobody.",
            "\"निपटाना बाकी\": दो बातें जो मेल नहीं खातीं; केंद्र से पूछें कि क्या हुआ, फिर चुनें। \"लोगों की बताई ग़लतियाँ\": जवाब दें; जवाब व्यक्ति के अपने पेज पर दिखता है। \"आज का दिन\" में निपटाने के सब मामलों की गिनती है; हर सूची में \"अपने ज़िम्मे लें\" दबाएँ, ताकि एक काम दो लोग न करें और कोई मामला छूटे नहीं।",
        ),
        both(
            "In the evening: nothing overdue under \"Deadlines\", what the \"Portal\" refused is mended and sent again, \"Not delivered\" messages are told by phone. Every centre has closed its day (\"Opening and closing\")? At the month's end: \"Month end\".",
            "शाम को: \"समय-सीमा\" में कुछ छूटा नहीं, \"पोर्टल\" की लौटाई खुराकें ठीक करके फिर भेजीं, जिन तक संदेश नहीं पहुँचा उन्हें फ़ोन पर बताया। हर केंद्र ने दिन बंद किया (\"तैयारी और हिसाब\")? महीना पूरा होने पर \"महीने का हिसाब\"।",
        ),
    ],
    keys: &[("F1", both("this page", "यह पन्ना"))],
    troubles: &[
        (
            both("No vaccine or no power at a centre", "किसी केंद्र पर टीका या बिजली नहीं"),
            both(
                "\"The day\", the centre, \"Stop\": everybody gets a new time and a message. Print the notice for the door and the list of those without a phone. Where the gate has no link, call it too.",
                "\"आज का दिन\", केंद्र, \"रोकें\": सबको नया समय और संदेश मिलता है। दरवाज़े की सूचना और बिना मोबाइल वालों की सूची छापें। जिस गेट पर नेटवर्क नहीं, वहाँ फ़ोन भी करें।",
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
            both("A centre is running late", "कोई केंद्र देर से चल रहा है"),
            both(
                "\"Register\", then \"Running late\": one touch, and nobody is turned back for it today.",
                "\"रजिस्टर\" में \"देर से चल रहा है\": एक बटन दबाएँ, आज इस वजह से कोई नहीं लौटाया जाएगा।",
            ),
        ),
        (
            both("Doses are past their deadline", "खुराकों की समय-सीमा निकल गई"),
            both(
                "Print the roll under \"Deadlines\", have it signed, send it; when the letter comes, note it there: the doses go up again.",
                "\"समय-सीमा\" से सूची छापें, हस्ताक्षर कराकर भेजें; पत्र आने पर वहीं दर्ज करें: खुराकें फिर भेजी जाती हैं।",
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
                "कुछ नहीं बदला। त्रुटि बताने वाले खाने के साथ डाउनलोड करें, वे पंक्तियाँ ठीक करें, फिर भेजें।",
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
