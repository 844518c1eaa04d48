"""R10: identifiers are checked when they arrive. Separators are taken off first."""

import re


def digits(text, length):
    bare = re.sub(r"[ ./-]", "", text)
    return bare if re.fullmatch(rf"\d{{{length}}}", bare) else None


def niss(text):
    """97 - n mod 97, with 2 before the number of those born from 2000."""
    bare = digits(text, 11)
    if not bare:
        return False
    check = int(bare[9:])
    return any(97 - int(prefix + bare[:9]) % 97 == check for prefix in ("", "2"))


def inami(text):
    """Six digits, their check by 97 (89 for newer ones), three of competence."""
    bare = digits(text, 11)
    return bool(bare) and int(bare[6:8]) in (97 - int(bare[:6]) % 97, 89 - int(bare[:6]) % 89)


def bce(text):
    bare = digits(text, 10) or (digits(text, 9) and "0" + digits(text, 9))
    return bool(bare) and bare[0] in "01" and 97 - int(bare[:8]) % 97 == int(bare[8:])


def iban(text):
    """A Belgian account: ISO 7064 over all, and the inner mod 97 (0 is written 97)."""
    bare = re.sub(r"\s", "", text).upper()
    if not re.fullmatch(r"BE\d{14}", bare):
        return False
    account = bare[4:]
    inner = int(account[:10]) % 97 or 97
    return int(account + "1114" + bare[2:4]) % 97 == 1 and int(account[10:]) == inner


CHECKS = {"niss": niss, "inami": inami, "bce": bce, "iban": iban}
