"""The receipt code: how a resident comes back to a registration without an account.

The code follows from the registration's UUID and a key only the server has, so a submission sent
again can be answered alike although the table keeps no more than the code's hash.
"""

import base64
import unicodedata

from models.sealed import Keyring

# No 0 O, 1 I L, 2 Z, 5 S: people read the code out over the phone.
ALPHABET = "346789ABCDEFGHJKMNPQRTUVWXY"
CODE_LENGTH = 12
GROUP_LENGTH = 4
MAKING, FINDING = "receipt-code", "receipt"


def receipt_codes(keyring: Keyring, uuid: str) -> list[str]:
    """The codes the UUID may have been answered with, one for each index key, the newest last."""
    return [_spell(index) for index in keyring.indexes_of(MAKING, uuid)]


def new_receipt(keyring: Keyring, uuid: str) -> tuple[str, str]:
    """The code to show and the hash to store."""
    code = receipt_codes(keyring, uuid)[-1]
    return code, keyring.index_of(FINDING, code)


def receipt_hashes(keyring: Keyring, typed: str) -> list[str]:
    """What to look for, however the code was typed."""
    return keyring.indexes_of(FINDING, read_code(typed))


def read_code(typed: str) -> str:
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def grouped(code: str) -> str:
    """ABCD-EFGH-JKMN, as it is shown."""
    starts = range(0, len(code), GROUP_LENGTH)
    return "-".join(code[start : start + GROUP_LENGTH] for start in starts)


def _spell(index: str) -> str:
    digest = index.rpartition(":")[2]
    number = int.from_bytes(base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4)))
    letters = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
