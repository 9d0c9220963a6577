"""Writes folded-forms.txt: what each code point is for the comparison of texts. Run: python3 folded-forms.py > folded-forms.txt"""
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)   # decomposed by arithmetic
UNSEEN = {0xAD, 0x200B, 0x2060, 0xFEFF}   # soft hyphen, zero width space, word joiner, byte order mark


def folded(text):
    while True:
        further = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        if further == text:
            return text
        text = further


print(f"# Unicode {unicodedata.unidata_version}: full compatibility decomposition (NFKD) and case folding; =n is the canonical combining class")
for code in range(0x110000):
    if code in HANGUL or 0xD800 <= code < 0xE000:
        continue
    form = "" if code in UNSEEN else folded(chr(code))
    if form != chr(code):
        print(f"{code:X}", *(f"{ord(c):X}" for c in form))
    elif unicodedata.combining(chr(code)):
        print(f"{code:X} ={unicodedata.combining(chr(code))}")
