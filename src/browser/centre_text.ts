// What a centre's page says without a link, in Hindi and English.

import { refusal as desk_refusal, vaccine } from "./alone_text";
import type { Refusal } from "./rules";
import { type Lang, day } from "./when";

const HI = {
  going_on: "लिंक नहीं है। काम यहीं चलता रहेगा; लिंक लौटते ही सब अपने आप भेजा जाएगा।",
  ended: "आपका लॉग-इन ख़त्म हो गया है। यहाँ जो दर्ज है, वह सुरक्षित है: भेजने के लिए लॉग इन करें।",
  log_in: "लॉग इन करें",
  nobody: "इस पीसी पर कोई लॉग-इन नहीं है। लिंक आने पर एक बार लॉग इन करें; तब तक काग़ज़ पर लिखें।",
  not_taken: (count: number) => `${count} दर्ज नहीं हुए: लिंक लौटने पर ठीक करें`,
  no_such: "ऐसा नंबर आज की सूची में नहीं है। पर्ची का दस अंकों वाला टोकन नंबर लिखें।",
  length: "टोकन नंबर में दस अंक होते हैं, कॉल नंबर 03-042 जैसा होता है।",
  check_digit: "कोई अंक ग़लत है। नंबर फिर से लिखें।",
  foreign: "यह QR बारी की पर्ची का नहीं है। टोकन नंबर लिखें।",
  other_centre: "यह पर्ची दूसरे केंद्र की है। गेट से पूछें कि इन्हें यहाँ आने दिया गया या नहीं।",
  unheard: "यह पेज इन्हें नहीं जानता। कार्ड को पर्ची से मिलाएँ; जाँच लिंक लौटने पर होगी।",
  has_had: "इस टोकन की खुराक दर्ज हो चुकी है।",
  not_inside: "गेट से अंदर आना अभी दर्ज नहीं है।",
  other_product: (name: string) => `टोकन ${name} का है।`,
  recorded: "यहाँ दर्ज हो गई",
  vial_opened: "शीशी खोली गई:",
  vial_closed_now: "शीशी हटाई गई:",
  sent_home: "लिख लिया गया। नई जगह लिंक लौटने पर मिलेगी और संदेश जाएगा।",
  nobody_waits: "अभी कोई इंतज़ार में नहीं है।",
  vial_closed: "यह शीशी खुली नहीं है, या इससे खुराक निकल चुकी है।",
  born: "जन्म",
  dose: "खुराक",
  waits_to_be_sent: "भेजना है",
  sent: "भेजा गया",
  known: "पहले से दर्ज थी",
};

const EN: typeof HI = {
  going_on: "There is no link. Work goes on here; everything is sent by itself as soon as the link is back.",
  ended: "Your log-in has ended. What was recorded here is safe: log in to send it.",
  log_in: "Log in",
  nobody: "Nobody is logged in on this PC. Log in once when the link is back; until then write on paper.",
  not_taken: (count: number) => `${count} not taken: see to them when the link is back`,
  no_such: "There is no such number on today's list. Type the ten digits of the token number on the slip.",
  length: "A token number has ten digits; a call number looks like 03-042.",
  check_digit: "A digit is mistyped. Type the number again.",
  foreign: "This code is not of one of our slips. Type the token number.",
  other_centre: "This slip is for another centre. Ask the gate whether they were let in here.",
  unheard: "This page has not heard of them. Compare the card with the slip; it is checked when the link is back.",
  has_had: "This token's dose is recorded.",
  not_inside: "The gate has not been heard to let them in.",
  other_product: (name: string) => `The token is for ${name}.`,
  recorded: "Recorded here",
  vial_opened: "Vial opened:",
  vial_closed_now: "Vial closed:",
  sent_home: "Written down. A new place is given when the link is back, and a message goes out.",
  nobody_waits: "Nobody waits at the moment.",
  vial_closed: "This vial is not open, or was drawn from already.",
  born: "born",
  dose: "Dose",
  waits_to_be_sent: "to be sent",
  sent: "sent",
  known: "was on record already",
};

export function centreWords(lang: Lang): typeof HI {
  return lang === "hi" ? HI : EN;
}

/** Why a dose, or a deed, cannot be, and what to do. */
export function refusal(why: Refusal, lang: Lang): string {
  const pick = (hi: string, en: string) => (lang === "hi" ? hi : en);
  const on = (text: string | undefined) => day(Date.parse(`${text}T06:30:00Z`) / 1000, lang);
  const { code, dose } = why;
  switch (code) {
    case "dose_recorded":
      if (!why.given_on) return centreWords(lang).has_had;
      return pick(
        `इस व्यक्ति की खुराक ${dose} पहले से दर्ज है, ${on(why.given_on)} को लगी।`,
        `Dose ${dose} of this person is on record already, given on ${on(why.given_on)}.`,
      );
    case "other_vaccine": {
      const name = vaccine(why.vaccine ?? "", lang);
      return pick(`पहली खुराक ${name} की थी: दूसरी भी वही चाहिए।`, `The first dose was ${name}: the second must be the same.`);
    }
    case "too_soon":
      return pick(`अगली खुराक ${on(why.earliest)} से लग सकती है।`, `The next dose may be given from ${on(why.earliest)} on.`);
    case "dose_missing":
      return pick(
        `खुराक ${dose} दर्ज नहीं है। प्रमाण-पत्र देखें और इस व्यक्ति का दूसरा रिकॉर्ड खोजें।`,
        `Dose ${dose} is not on record. Ask for the certificate, and look for another record of this person.`,
      );
    case "token_cancelled":
      return pick("यह टोकन रद्द हो चुका है।", "This token has been cancelled.");
    case "not_waiting":
      return pick(
        "यह व्यक्ति अब यहाँ इंतज़ार में नहीं है: खुराक दर्ज है, या वापस भेजे गए।",
        "This person does not wait here any more: the dose is recorded, or they were sent home.",
      );
    case "vial_closed":
      return centreWords(lang).vial_closed;
    case "logged_out":
      return centreWords(lang).nobody;
    default:
      return desk_refusal(why, lang);
  }
}
