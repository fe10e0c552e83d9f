"""The signature under the list a phone keeps: what was changed on its way, or on the phone, is not shown.

ECDSA over P-256 with SHA-256, which every browser can verify by itself. The private key is made once and stays in the
operational database; a phone is given the public key when somebody signs in on it.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from sqlalchemy import Connection

from serving.installation import fact, set_fact
from serving.store.database import Store

_FACT = "list_key"
_HALF = 32  # bytes of r and of s


@dataclass(frozen=True)
class Signer:
    """The key of this installation.

    Examples
    --------
    >>> signer = Signer(ec.derive_private_key(7, ec.SECP256R1()))
    >>> verified(signer.public, b"list", signer.sign(b"list")), verified(signer.public, b"lost", signer.sign(b"list"))
    (True, False)
    """

    key: ec.EllipticCurvePrivateKey

    def sign(self, content: bytes) -> str:
        """Signature as browsers read it: r and s one behind the other, in base64. The same content, the same text."""
        made = self.key.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(made)
        return b64encode(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")).decode()

    @property
    def public(self) -> str:
        """The public key: an uncompressed point, in base64."""
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        return b64encode(self.key.public_key().public_bytes(*form)).decode()


def signer(store: Store) -> Signer:
    """The key of this installation, made when it is first asked for."""
    with store.read() as connection:
        kept = fact(connection, _FACT)
    if kept is None:
        with store.write() as connection:
            kept = _made(connection)
    return _signer(kept)


def verified(public: str, content: bytes, signature: str) -> bool:
    """Whether a signature is this key's, as a browser would find."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b64decode(public))
    raw = b64decode(signature)
    r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    try:
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4)
def _signer(kept: str) -> Signer:
    key = serialization.load_pem_private_key(kept.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the key that signs lists is of another kind")
    return Signer(key)


def _made(connection: Connection) -> str:
    """A new key, unless somebody else has made one meanwhile."""
    kept = fact(connection, _FACT)
    if kept is None:
        kept = (
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            .decode()
        )
        set_fact(connection, _FACT, kept)
    return kept
