"""What a word is found by in the store."""

from __future__ import annotations

import hashlib

#: Longer texts are known by their checksum: an index takes no long ones.
LONGEST_KNOWN = 200


def known_as(word: str) -> str:
    """The word itself, or the checksum of a long one."""
    raw = word.encode()
    return word if len(raw) <= LONGEST_KNOWN else "sha256:" + hashlib.sha256(raw).hexdigest()
