import type { mylist as english } from "@/i18n/en/mylist";

export const mylist: Record<keyof typeof english, string> = {
  "mylist.title": "قائمتي",
  "mylist.loading": "قائمتي، جارٍ التحميل",
  "mylist.count": "{count, plural, zero {لا عناوين} one {عنوان واحد} two {عنوانان} few {# عناوين} many {# عنوانًا} other {# عنوان}}",
  "mylist.hint": "اسحب العنوان لنقله، أو استخدم سهميه.",
  "mylist.empty": "لا شيء في قائمتي بعد",
  "mylist.empty-sentence": "اضغط علامة الزائد على أي عنوان لتحفظه هنا لوقت لاحق.",
  "mylist.find": "ابحث عن شيء",
  "mylist.move-up": "انقل {name} إلى أعلى",
  "mylist.move-down": "انقل {name} إلى أسفل",
  "mylist.move-top": "انقل {name} إلى الأول",
  "mylist.handle": "نقل {name}: مفاتيح الأسهم تنقله، وEscape يعيده",
  "mylist.remove": "أزل {name}",
  "mylist.moved": "أصبح {name} رقم {place, number} من {count, number}.",
  "mylist.move-failed": "تعذّر نقل {name}. الترتيب كما كان.",
  "mylist.added": "أُضيف في {date}",
};
