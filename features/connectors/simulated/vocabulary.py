"""Names, villages and purposes, and the many ways a tired clerk spells them. All invented or everyday words."""

from collections.abc import Sequence

FIRST_NAMES = (
    "Abena", "Adama", "Amina", "Beatriz", "Chanda", "Chipo", "Comfort", "Daniel", "Elena", "Esther", "Faith", "Fatou",
    "Grace", "Hana", "Ibrahim", "Isabel", "Ismail", "Joy", "Juma", "Kofi", "Lakshmi", "Lucia", "Mamadou", "Maria",
    "Mercy", "Moses", "Neema", "Nomsa", "Omar", "Paulo", "Priya", "Rosa", "Ruth", "Salma", "Samuel", "Sunita", "Tendai",
    "Wanjiru", "Yaw", "Zainab",
)  # fmt: skip
LAST_NAMES = (
    "Achieng", "Banda", "Castro", "Diallo", "Flores", "Gomez", "Hassan", "Kamau", "Keita", "Kimani", "Lopez", "Mensah",
    "Moyo", "Mwangi", "Ndlovu", "Nkosi", "Okello", "Otieno", "Phiri", "Quispe", "Rao", "Sesay", "Sharma", "Tembo",
    "Traore", "Vargas", "Wekesa", "Yeboah", "Zulu", "Ramos",
)  # fmt: skip
VILLAGES = (
    "Bright Corner", "Broken Bridge", "Clay Hill", "Cotton Gate", "Crossroads", "Dry River", "East Market", "Fig Tree",
    "Fishing Point", "Gravel Pit", "Halfway", "High Ridge", "Lime Works", "Long Wall", "Mango Grove", "Mill Stream",
    "New Town", "North Ford", "Old Station", "Palm Beach", "Quarry", "Red Soil", "Salt Lane", "Sand Bank",
    "School Hill", "South Field", "Stone Well", "Sugar Road", "Three Wells", "Tin Roofs", "Upper Farm", "Water Tank",
    "West Gate", "White Rocks", "Windmill", "Wood Yard",
)  # fmt: skip
PURPOSES = {
    "agriculture": ("maize seed and fertiliser", "poultry", "dairy cow", "vegetable plot", "irrigation pump", "goats"),
    "trade": ("market stall", "second-hand clothes", "kiosk stock", "fish trade", "grain trade", "cosmetics"),
    "services": ("hair salon", "tailoring", "motorcycle taxi", "eatery", "phone repair", "carpentry"),
}
SIDE_PURPOSES = ("school fees", "medical bill", "roof repair")
LANGUAGES = ("A", "B", "C")
TOPICS = ("staff conduct", "charges", "waiting time", "savings access", "records wrong", "other")


def messy(word: str) -> tuple[str, ...]:
    """Ways a word is found in real books: case, spaces, a missing letter, an accent, a remark.

    >>> messy("Dry River")[:3]
    ('DRY RIVER', 'dry river', ' Dry River ')
    """
    middle = len(word) // 2
    return (
        word.upper(),
        word.lower(),
        f" {word} ",
        word.replace(" ", "  ") + ".",
        word[:middle] + word[middle + 1 :],
        word[:1] + word[1:].replace("e", "é", 1),
        f"{word} (see file)",
        word.replace(" ", "-"),
    )


MESSY_WAYS = 8


def spellings(words: Sequence[str]) -> list[str]:
    """All words as they should be, then each word's messy spellings, `MESSY_WAYS` of them, word by word."""
    return [*words, *(way for word in words for way in messy(word))]
