use super::{Sheet, both};

pub(super) const SHEET: Sheet = Sheet {
    title: both("At the counter of the zone office", "ज़ोन कार्यालय के काउंटर पर"),
    steps: &[
        both(
            "Before opening: log in, print one slip in practice, see that paper is in. The day list shows who is booked.",
            "खुलने से पहले: लॉग इन करें, अभ्यास में एक पर्ची छापकर देखें, काग़ज़ जाँचें। रजिस्टर में आज के लोग दिखते हैं।",
        ),
        both(
            "Ask for the mobile number and type it. If people are listed under it, pick the right one with 1, 2, 3…; 0 is a new person.",
            "मोबाइल नंबर पूछकर लिखें। उस पर लोग दिखें तो 1, 2, 3… से सही व्यक्ति चुनें; 0 से नया व्यक्ति।",
        ),
        both(
            "New person: name, age or birth year, gender, photo ID and its number, from the card. From 45 to 59 see the doctor's certificate and tick it.",
            "नया व्यक्ति: नाम, उम्र या जन्म वर्ष, लिंग, पहचान-पत्र और उसका नंबर, कार्ड देखकर। 45 से 59 वर्ष में डॉक्टर का प्रमाण-पत्र देखकर निशान लगाएँ।",
        ),
        both(
            "\"The same person?\" Compare the card and answer: a second record would turn dose 2 into dose 1. A family on one number: F6 after each, then issue for all.",
            "\"क्या ये वही व्यक्ति हैं?\" आए तो कार्ड मिलाकर जवाब दें: दो बार दर्ज होने पर दूसरी खुराक पहली बन जाती है। एक नंबर पर परिवार हो तो हर व्यक्ति के बाद F6, फिर सबके टोकन साथ जारी करें।",
        ),
        both(
            "Choose the time with ↑ ↓ and press Enter. Enter twice is still one token.",
            "↑ ↓ से समय चुनें और Enter दबाएँ। Enter दो बार दबे तो भी टोकन एक ही बनता है।",
        ),
        both(
            "Hand over the slip and say aloud: day, time, centre, and \"bring this ID and this slip\". Show the secret code on the slip.",
            "पर्ची दें और बोलकर बताएँ: दिन, समय, केंद्र, और \"यही पहचान-पत्र और पर्ची साथ लाएँ\"। पर्ची पर गुप्त कोड दिखाएँ।",
        ),
        both(
            "Another time, a wrong name, or cancelled: find the token (F4), open it, choose what is to be done, print the new slip and take the old one.",
            "समय बदलना, नाम सुधारना या रद्द करना: टोकन खोजें (F4), खोलें, जो करना है चुनें, नई पर्ची छापें और पुरानी ले लें।",
        ),
        both(
            "Before closing: give whoever stands under \"Turned back today\" a new time, and call those under \"Not delivered\". Somebody else takes over: F9.",
            "बंद करने से पहले: \"आज लौटाए गए\" लोगों को नया समय दें, \"नहीं पहुँचे\" वालों को फ़ोन करें। कोई और बैठे तो F9।",
        ),
    ],
    keys: &[
        ("Enter", both("next empty field, then issue", "अगला खाली खाना, फिर जारी")),
        ("↑ ↓", both("choose the slot", "स्लॉट चुनें")),
        ("F2", both("new token", "नया टोकन")),
        ("F6", both("one more of the family", "परिवार का अगला")),
        ("F4", both("search: number, mobile, name", "खोज: नंबर, मोबाइल, नाम")),
        ("F8", both("print again", "फिर छापें")),
        ("F9", both("change person", "व्यक्ति बदलें")),
        ("F1", both("this page", "यह पन्ना")),
    ],
    troubles: &[
        (
            both("The printer does not print", "प्रिंटर नहीं छापता"),
            both(
                "Write the call number, token number and secret code from the screen on paper, or let the person photograph the screen. F8 prints later; the number stays.",
                "स्क्रीन से कॉल नंबर, टोकन नंबर और गुप्त कोड काग़ज़ पर लिख दें, या स्क्रीन की फ़ोटो लेने दें। बाद में F8 से छपेगा; नंबर वही रहता है।",
            ),
        ),
        (
            both("No answer from the server", "सर्वर से जवाब नहीं"),
            both(
                "On a PC that is a desk the same page goes on by itself, with the places that it holds. Elsewhere press Enter again in a minute: it never makes a second token. If it lasts, write people down.",
                "जो पीसी डेस्क है उस पर यही पन्ना अपनी जगहों से काम करता रहेगा। बाक़ी पर एक मिनट बाद फिर Enter दबाएँ: दूसरा टोकन नहीं बनेगा। देर लगे तो लोगों को काग़ज़ पर लिख लें।",
            ),
        ),
        (
            both("\"This person has token …\"", "\"इस व्यक्ति का टोकन … है\""),
            both("They are booked already: print that slip again or reschedule it.", "पहले से टोकन है: वही पर्ची फिर छापें या उसका समय बदलें।"),
        ),
        (
            both("No mobile phone", "मोबाइल नहीं है"),
            both("Leave the field empty. Nobody is sent away for it.", "खाना खाली छोड़ दें। इस वजह से किसी को न लौटाएँ।"),
        ),
        (
            both("\"Where is my dose?\"", "\"मेरी खुराक कहाँ दर्ज है?\""),
            both("\"Enquiry desk\": search, and read the sentence out.", "\"पूछताछ काउंटर\": खोजें और लिखा वाक्य पढ़कर सुनाएँ।"),
        ),
        (
            both("The slip is lost", "पर्ची खो गई"),
            both("See the ID, search by name or mobile, print the slip again.", "पहचान-पत्र देखें, नाम या मोबाइल से खोजें, पर्ची फिर छापें।"),
        ),
        (
            both("No place is left", "जगह नहीं बची"),
            both(
                "Offer the next day or another centre of the zone. Do not take names for a waiting list.",
                "अगला दिन या ज़ोन का दूसरा केंद्र बताएँ। प्रतीक्षा सूची न बनाएँ।",
            ),
        ),
    ],
};
