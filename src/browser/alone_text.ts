// What the counter says without a link, in Hindi and English.

import type { Fault } from "./person";
import type { Refusal } from "./rules";
import { spaced } from "./number";
import { day, hours, type Lang } from "./when";

const VACCINES: Record<string, [string, string]> = {
  covishield: ["कोविशील्ड", "Covishield"],
  covaxin: ["कोवैक्सीन", "Covaxin"],
};

const HI = {
  alone: "लिंक नहीं है। यह डेस्क अपनी जगहों से टोकन देता रहेगा।",
  since: (time: string) => `${time} से बिना लिंक`,
  places: (count: number) => `${count} जगहें बची हैं`,
  to_send: (count: number) => `${count} भेजने हैं`,
  back: "लिंक लौट आया, सब भेज दिया गया।",
  go_on: "लिंक के साथ आगे बढ़ें",
  not_a_desk: "लिंक नहीं है, और यह पीसी डेस्क नहीं है: यहाँ टोकन लिंक लौटने पर ही बनेंगे। तब तक लोगों के नाम और मोबाइल लिख लें।",
  waiting: "लिंक नहीं है, और अधिकारी ने इस डेस्क को अभी मंज़ूरी नहीं दी है। ज़िला अधिकारी को फ़ोन करें।",
  ended: "यह डेस्क बंद किया गया है: यहाँ बिना लिंक टोकन नहीं बनेंगे।",
  copied: "इस डेस्क की एक नक़ल चल रही है: यहाँ टोकन न बनाएँ। ज़िला अधिकारी को फ़ोन करें।",
  nobody: "इस पीसी पर कोई लॉग-इन नहीं है। लिंक आने पर एक बार लॉग-इन करें।",
  last_slip: "यहाँ छपी आख़िरी पर्ची का नंबर लिखें (जैसे 03-042)",
  last_slip_why: "इससे पता चलता है कि इस पीसी की याददाश्त पूरी है और कोई जगह दो बार नहीं जाएगी।",
  last_slip_go: "आगे बढ़ें",
  last_slip_wrong: "यह पर्ची यहाँ दर्ज नहीं है: इस पीसी की याददाश्त पुरानी है। लिंक लौटने तक यहाँ टोकन न बनाएँ।",
  next_slots: "अगले खाली स्लॉट",
  free_word: "खाली",
  no_slot: "इस डेस्क के पास कोई जगह नहीं बची। लोगों को लिख लें; लिंक लौटने पर जगहें आएँगी।",
  dose: "खुराक",
  please_correct: "इन्हें ठीक करें",
  error: "त्रुटि:",
  issued: "टोकन बन गया",
  secret_code: "गुप्त कोड",
  print: "फिर छापें",
  today: "आज इस डेस्क पर",
  none_today: "आज यहाँ बिना लिंक कोई टोकन नहीं बना।",
  cancel: "रद्द करें",
  cancel_why: "क्यों?",
  cancelled: "रद्द",
  sent: "भेजा गया",
  unsent: "भेजना है",
  held: "अधिकारी देखेंगे",
  search: "नंबर, नाम या मोबाइल",
  faults: {
    missing: "इसे भरें।",
    mobile: "मोबाइल नंबर में दस अंक होते हैं और 6, 7, 8 या 9 से शुरू होता है।",
    name: "नाम अक्षरों में लिखें, हिन्दी या अंग्रेज़ी में।",
    locality: "पता अक्षरों और अंकों में लिखें, 80 अक्षर तक।",
    birth_year: "उम्र (जैसे 67) या जन्म वर्ष (जैसे 1954) लिखें।",
    id_form: "इस पहचान-पत्र का नंबर ऐसा नहीं होता। कार्ड फिर देखें।",
    id_check_digit: "आधार नंबर में कोई अंक ग़लत है। फिर से लिखें।",
    choice: "दिखाए गए विकल्पों में से चुनें।",
    day: "तारीख़ 30-03-2021 की तरह लिखें।",
    time: "समय 17:00 की तरह लिखें।",
    not_yet: "यह समय अभी आया नहीं है। सही समय लिखें।",
    code: "गुप्त कोड के चार अंक लिखें, या कारण चुनें कि कोड क्यों नहीं है।",
    too_long: "यह बहुत लंबा है।",
  } satisfies Record<Fault, string>,
};

const EN: typeof HI = {
  alone: "There is no link. This desk goes on issuing out of the places that it holds.",
  since: (time: string) => `Without a link since ${time}`,
  places: (count: number) => `${count} places left`,
  to_send: (count: number) => `${count} to send`,
  back: "The link is back, and everything is sent.",
  go_on: "Go on with the link",
  not_a_desk:
    "There is no link, and this PC is no desk: it issues again when the link is back. Until then write down names and mobile numbers.",
  waiting: "There is no link, and no officer has approved this desk yet. Call the district officer.",
  ended: "This desk was ended: nothing is issued here without a link.",
  copied: "A copy of this desk is about: issue nothing here. Call the district officer.",
  nobody: "Nobody is logged in on this PC. Log in once when the link is back.",
  last_slip: "Type the number of the last slip that was printed here (such as 03-042)",
  last_slip_why: "It shows that this PC remembers everything, so that no place is given twice.",
  last_slip_go: "Go on",
  last_slip_wrong: "That slip is not on record here: this PC's memory is old. Issue nothing here until the link is back.",
  next_slots: "Next free slots",
  free_word: "free",
  no_slot: "This desk has no place left. Write people down; places come with the link.",
  dose: "Dose",
  please_correct: "Please correct this",
  error: "Error:",
  issued: "Token issued",
  secret_code: "Secret code",
  print: "Print again",
  today: "Today at this desk",
  none_today: "No token was issued here without a link today.",
  cancel: "Cancel",
  cancel_why: "Why?",
  cancelled: "cancelled",
  sent: "sent",
  unsent: "to be sent",
  held: "an officer will look",
  search: "Number, name or mobile",
  faults: {
    missing: "Fill this in.",
    mobile: "A mobile number has ten digits and begins with 6, 7, 8 or 9.",
    name: "Type the name in letters, Hindi or English.",
    locality: "Write where they live in letters and digits, at most 80 characters.",
    birth_year: "Type the age (such as 67) or the birth year (such as 1954).",
    id_form: "This is not the form of this kind of ID. Look at the card once more.",
    id_check_digit: "This Aadhaar number is mistyped: its check digit does not match.",
    choice: "Choose one of those shown.",
    day: "Type the date as 30-03-2021.",
    time: "Type the time as 17:00.",
    not_yet: "This time is still to come. Type when it was.",
    code: "Type the four digits of the secret code, or choose why it is not there.",
    too_long: "This is too long.",
  },
};

export function words(lang: Lang): typeof HI {
  return lang === "hi" ? HI : EN;
}

export function vaccine(word: string, lang: Lang): string {
  return VACCINES[word]?.[lang === "hi" ? 0 : 1] ?? word;
}

/** Why somebody gets no place here, and what to do. */
export function refusal(why: Refusal, lang: Lang): string {
  const pick = (hi: string, en: string) => (lang === "hi" ? hi : en);
  const on = (text: unknown) => day(Date.parse(`${String(text)}T06:30:00Z`) / 1000, lang);
  const { dose, min, max, most } = why;
  switch (why.code) {
    case "slot_over":
      return pick("इस स्लॉट का समय बीत गया। बाद का समय चुनें।", "This slot is over. Choose a later time.");
    case "session_stopped":
      return pick("यह सत्र रोक दिया गया है। दूसरा केंद्र या दिन चुनें।", "This session has been stopped. Choose another centre or day.");
    case "outside_issue_window": {
      const [from, until] = [Number(why.from), Number(why.until)];
      const window = `${day(from, lang)}, ${hours(from, until, lang)}`;
      return pick(`इस सत्र के टोकन ${window} के बीच मिलते हैं।`, `Tokens for this session are issued on ${window}.`);
    }
    case "not_due":
      return why.from
        ? pick(
            `इस व्यक्ति की बारी ${on(why.from)} से है। तब आने को कहें।`,
            `This person is due from ${on(why.from)} on. Ask them to come then.`,
          )
        : pick("अभियान के नियमों के अनुसार इस व्यक्ति की बारी अभी नहीं है।", "This person is not due under the campaign's rules.");
    case "certificate_needed":
      return pick(
        "45 से 59 वर्ष में डॉक्टर का प्रमाण-पत्र चाहिए। देखकर निशान लगाएँ, फिर जारी करें।",
        "From 45 to 59 years a doctor's certificate is needed. See it, tick the box, and issue.",
      );
    case "age_not_served":
      return pick(
        `इस सत्र में ${min} से ${max} वर्ष के लोग आते हैं। दूसरा सत्र चुनें।`,
        `This session serves ages ${min} to ${max}. Choose another session.`,
      );
    case "dose_not_served":
      return pick(
        `इस सत्र में खुराक ${dose} नहीं लगती। दूसरा सत्र चुनें।`,
        `This session does not give dose ${dose}. Choose another session.`,
      );
    case "other_vaccine": {
      const name = vaccine(why.vaccine ?? "", lang);
      return pick(
        `पहली खुराक ${name} की थी: दूसरी भी वही चाहिए। वैसा सत्र चुनें।`,
        `The first dose was ${name}: the second must be the same. Choose such a session.`,
      );
    }
    case "too_soon":
      return pick(
        `अगली खुराक ${on(why.earliest)} से लग सकती है। बाद का दिन चुनें।`,
        `The next dose may be given from ${on(why.earliest)} on. Choose a later day.`,
      );
    case "course_complete":
      return pick("दोनों खुराक लग चुकी हैं: टोकन की ज़रूरत नहीं।", "Both doses have been given: no token is needed.");
    case "has_token": {
      const number = spaced(why.number ?? "");
      return pick(
        `इस व्यक्ति का टोकन ${number} यहीं बना है। वही फिर छापें।`,
        `This person's token ${number} was made here. Print it again.`,
      );
    }
    case "mobile_full":
      return pick(
        `इस मोबाइल नंबर पर ${most} लोगों के टोकन हैं। दूसरा नंबर डालें, या खाली छोड़ें।`,
        `${most} people already hold tokens under this mobile number. Use another number, or none.`,
      );
    default:
      return pick(
        "इस डेस्क के पास इस स्लॉट में जगह नहीं बची। दूसरा समय चुनें।",
        "This desk has no place left in this slot. Choose another time.",
      );
  }
}
