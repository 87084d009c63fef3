//! The strings: name, English, Hindi.

/// Declares the list.
macro_rules! texts {
    ($($name:ident: $en:literal, $hi:literal;)+) => {
        /// The strings of one language.
        #[expect(missing_docs, reason = "the English text says what each is")]
        pub struct Text { $(pub $name: &'static str,)+ }

        /// English.
        pub const EN: Text = Text { $($name: $en,)+ };

        /// Hindi.
        pub const HI: Text = Text { $($name: $hi,)+ };
    };
}

texts! {
    // Everywhere
    baari: "Baari", "बारी";
    tagline: "Your turn, kept", "आपकी बारी, तय समय पर";
    switch_language: "हिन्दी", "English";
    skip: "Skip to the content", "सीधे मुख्य भाग पर";
    go: "Show", "देखें";
    back: "Back", "वापस";
    save: "Save", "सहेजें";
    log_in: "Log in", "लॉग इन";
    log_out: "Log out", "लॉग आउट";
    staff: "For staff", "कर्मचारियों के लिए";
    error_prefix: "Error:", "त्रुटि:";
    please_correct: "Please correct this", "कृपया यह ठीक करें";
    true_at: "True at", "समय जब यह सही था:";
    refresh: "Refresh", "ताज़ा करें";
    search: "Search", "खोजें";
    print: "Print", "छापें";
    date: "Date", "तारीख़";
    centre: "Centre", "केंद्र";
    zone: "Zone", "ज़ोन";
    district: "District", "ज़िला";
    time: "Time", "समय";
    dose: "Dose", "खुराक";
    token: "Token", "टोकन";
    call_number: "Call number", "कॉल नंबर";
    state: "Status", "स्थिति";
    name: "Name", "नाम";
    all: "All", "सभी";
    yes: "Yes", "हाँ";
    no: "No", "नहीं";
    demo_note: "Demonstration data: not real people, not real places to go to", "नमूना डेटा: असली लोग या असली बुकिंग नहीं";
    demo_tour: "Demo tour", "डेमो देखें";
    demo_clock: "Demo clock", "डेमो घड़ी";
    plus_30: "+30 min", "+30 मिनट";
    tomorrow_10: "Tomorrow 10:05", "कल सुबह 10:05";

    // Citizens
    free_slots: "Free places for vaccination", "टीके के लिए खाली जगह";
    choose_where: "Where?", "कहाँ?";
    pin_code: "PIN code", "पिन कोड";
    free_word: "free", "खाली";
    places_free: "places free", "जगह खाली";
    full: "Full", "भर गया";
    few_left: "only a few left", "थोड़ी ही बची हैं";
    over: "Over", "समय बीत गया";
    no_slots: "There are no more slots on this day.", "इस दिन अब कोई स्लॉट नहीं है।";
    no_centres: "No centre was found here. Try another PIN code or the whole district.", "यहाँ कोई केंद्र नहीं मिला। दूसरा पिन कोड या पूरा ज़िला देखें।";
    next_free_day: "Next day with free places:", "अगला दिन जब जगह है:";
    elsewhere: "Free places nearby", "पास के केंद्र जहाँ जगह है";
    how_to_token: "How to get a token", "टोकन कैसे मिलेगा";
    how_to_token_text: "Tokens are given at the zone office, free of charge. Bring a photo ID and, if you have one, your mobile phone.", "टोकन ज़ोन कार्यालय में मुफ़्त मिलता है। फ़ोटो पहचान-पत्र साथ लाएँ, और मोबाइल हो तो वह भी।";
    have_token: "I have a token", "मेरे पास टोकन है";
    find_token: "See my token", "अपना टोकन देखें";
    find_token_hint: "The number and your birth year stand on the slip.", "नंबर और जन्म वर्ष पर्ची पर लिखे हैं।";
    token_number: "Token number", "टोकन नंबर";
    birth_year: "Birth year", "जन्म वर्ष";
    not_found_token: "No token with this number and birth year. Look at the slip once more, or ask at the zone office.", "इस नंबर और जन्म वर्ष का कोई टोकन नहीं मिला। पर्ची फिर से देखें, या ज़ोन कार्यालय में पूछें।";
    government: "Government, free", "सरकारी, मुफ़्त";
    private: "Private", "निजी";
    fee: "Fee", "शुल्क";
    step_free: "No steps at the entrance", "प्रवेश पर सीढ़ी नहीं";
    steps: "Steps at the entrance", "प्रवेश पर सीढ़ियाँ हैं";
    directions: "Directions", "रास्ता देखें";
    phone: "Phone", "फ़ोन";
    bring: "What to bring", "क्या साथ लाएँ";
    bring_text: "This slip and the photo ID that the token was made with.", "यह पर्ची और वही फ़ोटो पहचान-पत्र जिससे टोकन बना।";
    bring_certificate: "Aged 45–59 with an illness: the doctor's certificate.", "45–59 वर्ष, बीमारी हो तो: डॉक्टर का प्रमाण-पत्र।";
    your_token: "Your token", "आपका टोकन";
    token_good: "Your token is good.", "आपका टोकन सही है।";
    token_admitted: "You have entered the centre.", "आप केंद्र में प्रवेश कर चुके हैं।";
    token_vaccinated: "Your dose has been given.", "आपको खुराक लग चुकी है।";
    token_cancelled: "This token is cancelled.", "यह टोकन रद्द है।";
    token_no_show: "The time of this token is over. Take a new time here or at the zone office.", "इस टोकन का समय बीत गया। यहीं या ज़ोन कार्यालय में नया समय लें।";
    token_today: "Today", "आज";
    come_by: "Come in this time:", "इस समय में आएँ:";
    gate: "Gate", "गेट";
    show_at_gate: "Show this at the gate", "गेट पर यह दिखाएँ";
    change_time: "Take another time", "दूसरा समय लें";
    cancel_token: "Cancel the token", "टोकन रद्द करें";
    secret_code: "Secret code", "गुप्त कोड";
    secret_code_hint: "Four digits, printed on the slip and in the SMS", "चार अंक, पर्ची पर और SMS में लिखे हैं";
    choose_time: "Choose a new time", "नया समय चुनें";
    change_done: "The time was changed. Note the new time and call number.", "समय बदल गया। नया समय और कॉल नंबर लिख लें।";
    cancel_done: "The token was cancelled. The place goes to somebody else.", "टोकन रद्द हो गया। यह जगह किसी और को मिलेगी।";
    cancel_sure: "The place will be given to somebody else.", "यह जगह किसी और को दे दी जाएगी।";
    nothing_free_here: "No other time is free at this centre. Ask at the zone office.", "इस केंद्र पर दूसरा समय खाली नहीं है। ज़ोन कार्यालय में पूछें।";
    save_page: "Save this page or photograph it.", "यह पेज सहेज लें या इसकी फ़ोटो ले लें।";

    // Trust
    tls_title: "Make a phone trust this server", "फ़ोन को इस सर्वर पर भरोसा कराएँ";
    tls_why: "Browsers open the camera, and work without a link, only over a safe connection. So this server's certificate is installed on the phone once. It takes three minutes.", "ब्राउज़र कैमरा तभी खोलता है, और बिना नेटवर्क तभी चलता है, जब कनेक्शन सुरक्षित हो। इसलिए इस सर्वर का प्रमाणपत्र फ़ोन में एक बार डाला जाता है। तीन मिनट लगते हैं।";
    tls_whose: "Only for phones that work at the gate or the counter. Citizens need nothing.", "केवल गेट या काउंटर पर काम करने वाले फ़ोन के लिए। नागरिकों को कुछ नहीं करना है।";
    tls_download: "Download the certificate", "प्रमाणपत्र डाउनलोड करें";
    tls_download_text: "It is a small file. If the phone asks, keep it.", "यह छोटी सी फ़ाइल है। फ़ोन पूछे तो उसे रखें।";
    tls_settings: "Open the phone's settings", "फ़ोन की सेटिंग खोलें";
    tls_settings_text: "Search there for “CA certificate”, or go down this way:", "वहाँ “CA प्रमाणपत्र” खोजें, या इस रास्ते से जाएँ:";
    tls_path: "Security › More security settings › Encryption & credentials › Install a certificate › CA certificate", "सुरक्षा › ज़्यादा सुरक्षा सेटिंग › एन्क्रिप्शन और क्रेडेंशियल › प्रमाणपत्र इंस्टॉल करें › CA प्रमाणपत्र";
    tls_anyway: "Choose “Install anyway”", "“फिर भी इंस्टॉल करें” चुनें";
    tls_anyway_text: "The phone warns, since whoever holds such a certificate's key could read along. It may ask for the screen lock's PIN.", "फ़ोन चेतावनी देता है, क्योंकि ऐसे प्रमाणपत्र की कुंजी जिसके पास हो, वह आपकी बातें पढ़ सकता है। फ़ोन स्क्रीन लॉक का पिन पूछ सकता है।";
    tls_file: "Choose the downloaded file", "डाउनलोड की हुई फ़ाइल चुनें";
    tls_file_text: "It lies among the downloads. The phone then says that it is installed.", "वह डाउनलोड में है। फिर फ़ोन बताता है कि इंस्टॉल हो गया।";
    tls_check: "Compare the fingerprint", "फ़िंगरप्रिंट मिलाएँ";
    tls_check_text: "In the settings, tap this certificate's name and read its SHA-256 fingerprint:", "सेटिंग में इस प्रमाणपत्र के नाम पर टैप करें और उसका SHA-256 फ़िंगरप्रिंट देखें:";
    tls_users_path: "Encryption & credentials › Trusted credentials › User", "एन्क्रिप्शन और क्रेडेंशियल › विश्वसनीय क्रेडेंशियल › उपयोगकर्ता";
    tls_check_where: "It must be this one, and the one that the server's own computer showed when it was started. If it is another, remove the certificate at once and tell the officer.", "वह यही होना चाहिए, और वही जो सर्वर के कंप्यूटर ने शुरू होते समय दिखाया। अलग हो तो प्रमाणपत्र तुरंत हटाएँ और अधिकारी को बताएँ।";
    tls_open: "Open the gate", "गेट खोलें";
    tls_open_text: "The address begins with https and there is no warning any more.", "पता https से शुरू होता है और अब कोई चेतावनी नहीं आती।";
    tls_remove: "When the phone leaves the centre, remove the certificate in the same place.", "फ़ोन केंद्र से जाए तो उसी जगह से प्रमाणपत्र हटा दें।";

    // Errors
    not_found: "This page does not exist", "यह पेज नहीं है";
    not_found_text: "Check the address, or begin again at the first page.", "पता फिर से देखें, या पहले पेज से शुरू करें।";
    first_page: "First page", "पहला पेज";
    forbidden: "This is somebody else's task", "यह काम किसी और का है";
    forbidden_text: "Your log-in may not do this. Ask the district officer.", "आपके लॉग इन से यह नहीं हो सकता। ज़िला अधिकारी से पूछें।";
    try_later: "This does not work right now", "अभी यह नहीं हो सका";
    try_later_text: "Nothing is lost. Wait a minute and do the same again.", "कुछ भी खोया नहीं है। एक मिनट रुककर वही फिर करें।";
    too_many: "Too many tries", "बहुत बार कोशिश हुई";
    too_many_text: "Wait a minute, then try again, or ask at the zone office.", "एक मिनट रुककर फिर कोशिश करें, या ज़ोन कार्यालय में पूछें।";
    unreadable: "This could not be read", "यह पढ़ा नहीं जा सका";
    unreadable_text: "Go back and send it once more.", "वापस जाएँ और फिर से भेजें।";

    // Log-in
    username: "User name", "यूज़र नाम";
    password: "Password", "पासवर्ड";
    present_password: "Present password", "अभी का पासवर्ड";
    new_password: "New password", "नया पासवर्ड";
    new_password_hint: "At least 8 characters", "कम से कम 8 अक्षर";
    change_password: "Change password", "पासवर्ड बदलें";
    password_changed: "The password was changed. Other log-ins of yours have ended.", "पासवर्ड बदल गया। आपके बाकी लॉग इन बंद हो गए।";

    // The counter
    counter: "Counter", "काउंटर";
    register: "Register", "रजिस्टर";
    new_token: "New token", "नया टोकन";
    mobile: "Mobile number", "मोबाइल नंबर";
    mobile_hint: "Leave empty if there is none", "न हो तो खाली छोड़ें";
    full_name: "Full name", "पूरा नाम";
    age_or_year: "Age or birth year", "उम्र या जन्म वर्ष";
    gender: "Gender", "लिंग";
    female: "Woman", "महिला";
    male: "Man", "पुरुष";
    other: "Other", "अन्य";
    photo_id: "Photo ID", "पहचान-पत्र";
    id_number: "ID number", "पहचान-पत्र नंबर";
    id_number_hint: "Its end and a fingerprint are kept, never the number", "अंतिम चार अक्षर और एक गुप्त छाप रखी जाती है, पूरा नंबर नहीं";
    category: "Due as", "पात्रता";
    category_citizen: "by age", "उम्र से";
    category_health_worker: "health worker", "स्वास्थ्य कर्मी";
    category_front_line: "front line", "फ़्रंटलाइन कर्मी";
    certificate: "Doctor's certificate seen (45–59 with an illness)", "डॉक्टर का प्रमाण-पत्र देखा (45–59, बीमारी)";
    earlier_dose: "First dose given elsewhere", "पहली खुराक कहीं और लगी";
    earlier_vaccine: "Which vaccine", "कौन सा टीका";
    earlier_date: "On which day", "किस दिन";
    none: "none", "नहीं";
    people_known: "People under this number", "इस नंबर पर ये लोग हैं";
    new_person: "New person", "नया व्यक्ति";
    next_slots: "Next free slots", "अगले खाली स्लॉट";
    no_slot_for: "There is no free slot for this person.", "इस व्यक्ति के लिए कोई खाली स्लॉट नहीं।";
    issue: "Issue token", "टोकन जारी करें";
    issued: "Token issued", "टोकन जारी हुआ";
    undo: "Undo", "वापस लें";
    undone: "The token was taken back.", "टोकन वापस ले लिया गया।";
    reprint: "Print again", "फिर छापें";
    reschedule: "Reschedule", "समय बदलें";
    cancel: "Cancel", "रद्द करें";
    reason: "Reason", "कारण";
    reason_ill: "Ill", "बीमार हैं";
    reason_travel: "Away", "बाहर गए हैं";
    reason_mistake: "Entered by mistake", "ग़लती से बना";
    reason_wish: "At their wish", "उनके कहने पर";
    paper: "Paper", "काग़ज़";
    a4_six: "A4, six to a page", "A4, एक पेज पर छह";
    keys_help: "Enter: next field, then issue · ↑ ↓: slot · F2: new · F4: search · F8: print again", "Enter: अगला खाना, फिर जारी · ↑ ↓: स्लॉट · F2: नया · F4: खोज · F8: फिर छापें";
    nothing_issued: "No token for this day yet.", "इस दिन का अभी कोई टोकन नहीं।";
    issue_first: "Issue the first token", "पहला टोकन जारी करें";
    search_hint: "Token number, call number, mobile or name", "टोकन नंबर, कॉल नंबर, मोबाइल या नाम";
    nothing_matches: "Nothing matches this search.", "इस खोज से कुछ नहीं मिला।";
    more_rows: "Next page", "अगला पेज";
    state_issued: "waiting", "आना बाकी";
    state_admitted: "entered", "आ चुके";
    state_vaccinated: "vaccinated", "टीका लगा";
    state_left: "left", "जा चुके";
    state_cancelled: "cancelled", "रद्द";
    state_no_show: "did not come", "नहीं आए";
    print_these: "Print all slips on this page", "इस पेज की सब पर्चियाँ छापें";
    printing: "Printing…", "छप रहा है…";
    print_by_hand: "The printer does not answer: write this on paper", "प्रिंटर नहीं चल रहा: काग़ज़ पर यह लिख दें";
    issued_by: "Issued by", "जारी किया";
    revision: "Revision", "संशोधन";
    new_time: "New time", "नया समय";
    moved: "The token was moved. Print the new slip.", "टोकन का समय बदल गया। नई पर्ची छापें।";

    // The slip
    slip_title: "Vaccination token", "टीकाकरण टोकन";
    slip_enquiries: "Enquiries", "पूछताछ";
    slip_id: "ID", "पहचान";
    slip_born: "born", "जन्म";
    slip_photo: "No print? Photograph the screen.", "पर्ची न छपे तो स्क्रीन की फ़ोटो ले लें।";

    // The officer
    the_day: "The day", "आज का दिन";
    import: "Import", "आयात";
    gates: "Gates", "गेट";
    places: "Places", "जगहें";
    issued_count: "Issued", "जारी";
    entered_count: "Entered", "आ चुके";
    turned_back_count: "Turned back", "लौटाए गए";
    conflicts: "To be settled", "देखना बाकी";
    conflicts_hint: "Two facts that do not go together: both stay, and you say what was behind them.", "दो बातें जो मेल नहीं खातीं: दोनों दर्ज रहती हैं, आप बताएँ कि असल में क्या हुआ।";
    both_sides: "Both sides", "दोनों पक्ष";
    phone_clock: "By the phone's clock", "फ़ोन की घड़ी से";
    server_clock: "By the server's clock", "सर्वर की घड़ी से";
    was_first: "first", "पहले";
    clock_unproved: "clock not confirmed", "घड़ी की पुष्टि नहीं";
    settle_how: "What was it?", "क्या हुआ था?";
    settled: "Settled", "निपटाए गए";
    settled_same: "The same person twice", "वही व्यक्ति दो बार";
    settled_two: "Two people came in", "दो लोग अंदर आए";
    settled_mistake: "A mistake: nobody came in", "ग़लती: कोई अंदर नहीं आया";
    settled_unknown: "Cannot be found out", "पता नहीं चल सकता";
    conflict_double: "Two admissions", "दो बार प्रवेश";
    conflict_cancelled: "Admitted after it was cancelled", "रद्द होने के बाद प्रवेश";
    conflict_moved: "Admitted at its old centre", "पुराने केंद्र पर प्रवेश";
    conflict_undo: "An undo that came too late", "देर से वापस लिया";
    conflict_lane_gone: "Admitted for a gate that could not be reached", "बंद पड़े गेट की जगह प्रवेश";
    conflict_clock: "The phone's clock was far off", "फ़ोन की घड़ी बहुत ग़लत थी";
    no_conflicts: "Nothing needs a decision.", "कोई मामला बाकी नहीं।";
    stop_session: "Stop", "रोकें";
    resume_session: "Go on", "फिर शुरू करें";
    session_is_stopped: "stopped", "रोका गया";
    vaccine: "Vaccine", "टीका";
    no_sessions: "No session on this day. Import a file of sessions.", "इस दिन कोई सत्र नहीं। सत्रों की फ़ाइल आयात करें।";
    last_heard: "Last heard", "आख़िरी संपर्क";
    never: "not yet", "अभी नहीं";
    waiting_scans: "Scans waiting", "भेजना बाकी";
    lanes: "Lanes", "लाइनें";
    enrol: "Enrol a phone", "फ़ोन जोड़ें";
    enrol_hint: "Scan this code with the phone that will stand at the gate. It works once, within 30 minutes.", "गेट पर रहने वाले फ़ोन से यह कोड स्कैन करें। यह एक बार, 30 मिनट तक चलेगा।";
    gate_name: "Name of the gate", "गेट का नाम";
    revoke: "Revoke", "हटाएँ";
    revoke_hint: "The phone hands over its scans and forgets the rest. Its lanes are free at once.", "फ़ोन अपने स्कैन सौंपकर बाकी सब भूल जाएगा। उसकी लाइनें तुरंत खाली होंगी।";
    change: "Change", "बदलें";
    rename: "Rename", "नाम बदलें";
    phones: "Phones", "फ़ोन";
    clock_off: "Clock off by", "घड़ी में अंतर";
    unit_seconds: "s", "सेकंड";
    unit_minutes: "min", "मिनट";
    unit_hours: "h", "घंटे";
    unit_days: "days", "दिन";
    app_version: "App", "ऐप";
    held_by: "Held by", "किसके पास";
    nobody_holds: "nobody: its people are sent to the help desk", "किसी के पास नहीं: लोग हेल्प डेस्क जाएँगे";
    hand_over: "Hand over", "सौंपें";
    hand_over_waits: "as soon as the phone is heard, or after", "फ़ोन से संपर्क होते ही, या इसके बाद:";
    lanes_strict: "Strict: each gate admits its own lane, and never has to ask.", "सख़्त: हर गेट अपनी लाइन के लोग ही लेता है, पूछना नहीं पड़ता।";
    lanes_lenient: "Lenient: any gate admits anybody and asks the server first. Without a link somebody can get in twice.", "खुला: कोई भी गेट किसी को ले सकता है, पहले सर्वर से पूछता है। नेटवर्क न हो तो एक टोकन दो बार चल सकता है।";
    make_strict: "Make it strict", "सख़्त करें";
    make_lenient: "Make it lenient", "खुला करें";
    move_gate: "Move to another centre", "दूसरे केंद्र भेजें";
    move_hint: "The phone first sends what it wrote here and lets its lanes go. Then it is a gate of the other centre. Nothing is lost.", "फ़ोन पहले यहाँ का सब कुछ भेजेगा और अपनी लाइनें छोड़ेगा। फिर वह दूसरे केंद्र का गेट होगा। कुछ नहीं खोता।";
    move_waits: "goes as soon as it is heard and has sent everything", "संपर्क होते ही, सब भेजकर जाएगा";
    move_stay: "Keep it here", "यहीं रखें";
    held_scans: "Scans of a revoked phone", "हटाए गए फ़ोन के स्कैन";
    held_hint: "They change nothing until you decide. Waiting:", "आपके फ़ैसले तक इनसे कुछ नहीं बदलता। बाकी:";
    held_take: "Take them in", "दर्ज करें";
    held_leave: "Leave them out", "छोड़ दें";
    no_gates: "No phone is enrolled at this centre yet.", "इस केंद्र पर अभी कोई फ़ोन नहीं जुड़ा।";
    import_hint: "CSV files of districts, zones, centres, sessions and users. The heading line tells which. A file is taken whole or not at all.", "ज़िलों, ज़ोनों, केंद्रों, सत्रों और यूज़रों की CSV फ़ाइलें। पहली लाइन से पहचान होती है। फ़ाइल पूरी ली जाती है या बिल्कुल नहीं।";
    choose_file: "File", "फ़ाइल";
    check_file: "Check the file", "फ़ाइल जाँचें";
    apply_file: "Take it in", "आयात करें";
    templates: "Empty templates", "खाली नमूने";
    rows_new: "new", "नए";
    rows_changed: "changed", "बदले";
    rows_same: "unchanged", "वैसे ही";
    rows_wrong: "wrong", "ग़लत";
    import_done: "The file was taken in.", "फ़ाइल आयात हो गई।";
    import_nothing: "Everything in this file is there already: nothing to change.", "इस फ़ाइल में सब पहले से है: कुछ बदलना नहीं है।";
    import_wrong: "Nothing was taken in. Correct these rows and send the file again.", "कुछ भी आयात नहीं हुआ। ये पंक्तियाँ ठीक करके फ़ाइल फिर भेजें।";
    download_errors: "Download the file with an error column", "त्रुटि वाले खाने के साथ फ़ाइल उतारें";
    line: "Line", "पंक्ति";
    column: "Column", "खाना";
    why: "Why", "क्यों";
    what_changes: "What will change", "क्या बदलेगा";

    // The audit log
    journal: "Audit log", "कामों का लेखा";
    journal_hint: "Everything that was done and looked at, newest first. Reading it is written down too.", "जो कुछ किया या देखा गया, सबसे नया पहले। इसे पढ़ना भी दर्ज होता है।";
    journal_person: "Token number or mobile", "टोकन नंबर या मोबाइल";
    journal_person_wrong: "Type a token number (ten digits) or a mobile number.", "टोकन नंबर (दस अंक) या मोबाइल नंबर लिखें।";
    journal_who: "Who", "किसने";
    journal_act: "What", "क्या किया";
    journal_about: "About", "किस पर";
    journal_older: "Older entries", "पुरानी प्रविष्टियाँ";
    journal_empty: "Nothing of this kind in these days. Choose other days, or leave a field empty.", "इन दिनों में ऐसा कुछ नहीं है। दूसरे दिन चुनें, या कोई खाना खाली करें।";
    journal_scans: "Scans at the gates are facts of their own and not listed here: the day and the register count them, and what does not go together is under “To be settled”.", "गेट के स्कैन अलग दर्ज होते हैं, यहाँ नहीं दिखते: उनकी गिनती दिन और रजिस्टर में है, और जो मेल नहीं खाता वह “देखना बाकी” में।";
    was_refused: "refused", "मना हुआ";
    from_day: "From", "कब से";
    to_day: "To", "कब तक";
    download_csv: "Download as CSV", "CSV में उतारें";
    citizen: "citizen", "नागरिक";
    command_line: "command line", "सर्वर की कमांड लाइन";
    api_key: "API key", "API कुंजी";
    user_word: "user", "यूज़र";
    session_word: "session", "सत्र";
    lane_word: "lane", "लाइन";
}
