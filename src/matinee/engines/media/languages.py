"""Language tags: what files write, made into the shortest BCP 47 form."""

import re

_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
UNKNOWN = "und"
_LONGEST = 32

# ISO 639-2 (both the terminology and the bibliographic codes) to ISO 639-1, from the Library of Congress's list.
_PAIRS = """
afr:af alb:sq sqi:sq amh:am ara:ar arm:hy hye:hy aze:az baq:eu eus:eu bel:be ben:bn bos:bs bul:bg bur:my
mya:my cat:ca chi:zh zho:zh cze:cs ces:cs dan:da dut:nl nld:nl eng:en epo:eo est:et fin:fi fre:fr fra:fr
geo:ka kat:ka ger:de deu:de gle:ga glg:gl gre:el ell:el guj:gu heb:he hin:hi hrv:hr hun:hu ice:is isl:is
ind:id ita:it jpn:ja kan:kn kaz:kk khm:km kor:ko lao:lo lat:la lav:lv lit:lt ltz:lb mac:mk mkd:mk mal:ml
mar:mr may:ms msa:ms mlt:mt mon:mn nep:ne nno:nn nob:nb nor:no pan:pa per:fa fas:fa pol:pl por:pt rum:ro
ron:ro rus:ru sin:si slo:sk slk:sk slv:sl som:so spa:es srp:sr swa:sw swe:sv tam:ta tel:te tgl:tl tha:th
tur:tr ukr:uk urd:ur uzb:uz vie:vi wel:cy cym:cy yid:yi zul:zu
"""
_SHORT = dict(pair.split(":") for pair in _PAIRS.split())


def language_tag(raw: str | None) -> str:
    """Return the BCP 47 tag for what a file or a file name says, `und` when it says nothing usable."""
    first, *rest = (raw or "").strip().replace("_", "-").split("-")
    primary = first.lower()
    tag = "-".join([_SHORT.get(primary, primary), *rest])
    return tag if len(tag) <= _LONGEST and _TAG.fullmatch(tag) else UNKNOWN
