"""Search as people type: what each text must find in the data of the release, and what an empty page suggests."""

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Project
from projects.models.search import parse, spellings, stem, words_of
from tests.gazetteer import load_sample
from tests.release import load_release

SEARCH = reverse("projects:search")
WOMENS, ASB, NWB = "Women's and Children's Hospital", "Acute Services Block", "New Ward Block"
LD_ED, LD_ENERGY, SDEC = (
    "L&D emergency department expansion",
    "L&D Energy Centre",
    "Bedford Hospital Same Day Emergency Care unit",
)
GROVE, LEIGHTON = (
    "Grove View Integrated Health and Care Hub, Dunstable",
    "Leighton Buzzard Integrated Health and Care Hub",
)
LUTON_CDC, BEDFORD_CDC = (
    "Luton and South Bedfordshire Community Diagnostic Centre",
    "North Bedfordshire Community Diagnostic Centre",
)
LLOYDS, WHITEHOUSE_CDC = "Lloyds Court Community Diagnostic Centre", "Whitehouse Community Diagnostic Centre"
EVERGREEN, BARFORD, WOOTTON = (
    "Evergreen young people's mental health unit",
    "Great Barford GP surgery",
    "Wootton GP surgery",
)
MKUH = "Milton Keynes University Hospital"

# text: what it must find, among projects and others
FINDS = {
    # apostrophes, "&" and "and", hyphens and dashes, punctuation
    "women's and children's hospital": WOMENS,
    "women’s and children’s hospital": WOMENS,
    "womens and childrens": WOMENS,
    "Women's & Children's": WOMENS,
    "women's&children's": WOMENS,
    "womens hospital": WOMENS,
    "childrens hospital": WOMENS,
    "young people’s mental health": EVERGREEN,
    "L&D energy": LD_ENERGY,
    "L & D energy": LD_ENERGY,
    "l and d energy centre": LD_ENERGY,
    "L and D emergency": LD_ED,
    "leighton-buzzard hub": LEIGHTON,
    "Leighton–Linslade": LEIGHTON,
    "same-day emergency care": SDEC,
    "milton-keynes": MKUH,
    "hospital, bedford.": "Bedford Hospital South Wing",
    "“Grove View”": GROVE,
    "(grove view)": GROVE,
    "health & care hub dunstable": GROVE,
    # one and many, and small words
    "surgeries": BARFORD,
    "hubs": "Kempston Health Hub",
    "hospitals in luton": "Luton and Dunstable University Hospital",
    "the hub at dunstable": GROVE,
    "redevelopment of calnwood": "Luton Centre for Mental Health redevelopment",
    "family hub luton": "Luton family hubs",
    "diagnostic centres": LUTON_CDC,
    # other names, and parts of words
    "cedar wing": ASB,
    "oak wing": NWB,
    "hospital 2.0": WOMENS,
    "mk east": "MK East Community Health Hub",
    "diagnos luton": LUTON_CDC,
    # synonyms
    "A&E": LD_ED,
    "a and e luton": LD_ED,
    "A & E": LD_ED,
    "casualty": LD_ED,
    "accident and emergency luton": LD_ED,
    "doctor": WOOTTON,
    "doctors wootton": WOOTTON,
    "doctor's surgery wootton": WOOTTON,
    "GP biddenham": "Biddenham primary care facility",
    "CDC": LLOYDS,
    "cdcs": LLOYDS,
    "diagnostic center luton": LUTON_CDC,
    "x-ray bedford": BEDFORD_CDC,
    "xray": BEDFORD_CDC,
    "MRI": "MKUH Imaging Centre",
    "kidney": "Whitehouse Dialysis Unit",
    "oncology": "MKUH Cancer Centre",
    "chemotherapy": "Radiotherapy Centre at Milton Keynes",
    "baby": WOMENS,
    "antenatal": NWB,
    "kids": WOMENS,
    "net zero": "MKUH decarbonisation works",
    "old people": "Oak Wards",
    "flats dunstable": GROVE,
    "walk-in centre": SDEC,
    "urgent care bedford": SDEC,
    "psychiatric": "Bedford mental health hospital",
    "L&D": "Luton and Dunstable University Hospital",
    "MKUH": MKUH,
    "NHP": "MKUH New Hospital Programme",
    "ELFT": "East London NHS Foundation Trust",
    "north wing": "Bedford Health Village (Bedford Hospital North Wing)",
    # words of summaries
    "midwife": ASB,
    "intensive care": ASB,
    "solar panels": "MKUH decarbonisation works",
    "autism": "Sensory-friendly mental health bedrooms, Luton",
    "bungalow": BARFORD,
    "school site": BARFORD,
    "vaccination": "The Mall health and wellbeing hub, Luton",
    "endoscopy": LUTON_CDC,
    "eye clinic": LLOYDS,
    "scans": WHITEHOUSE_CDC,
    "5,000 homes": "MK East Community Health Hub",
    "dialysis oxford": "Whitehouse Dialysis Unit",
    # organisations and practices
    "greensand": "Greensand Surgery (Ampthill)",
    "hillton pcn": "Hillton PCN",
}

# text that finds nothing: the suggested spelling
MISSPELT = {
    "Dunstabel": "Dunstable",
    "bedfrod": "Bedford",
    "hosptial": "Hospital",
    "Leyton Buzzard": "Leighton Buzzard",
    "biggelswade": "Biggleswade",
    "houghton regus": "Houghton Regis",
    "steppingly": "Steppingley",
    "milton kenyes": "Milton Keynes",
    "miltonkeynes": "Milton Keynes",
    "groveview": "Grove View",
    "matternity": "maternity",
    "radiothearpy": "Radiotherapy",
    "diagnositc centre": "Diagnostic Centre",
    "luton hospitle": "luton Hospital",
    "docter": "doctor",  # a synonym, in no name
    "docter wooton": "doctor Wootton",
    "midwief": "midwife",
}


@pytest.fixture(scope="module")
def loaded(module_database):
    load_release()
    load_sample()


@pytest.fixture
def reader(loaded, db):
    return Client()


def found(response, text):
    """The names of everything that the page has for the text, beyond the first ten projects too."""
    projects = [str(project) for project in Project.objects.filter(published=True).matching(text)]
    return projects + [name for results in response.context["others"].values() for name, *_rest in results]


def test_texts_find_what_people_mean(reader, checked):
    missed = {}
    for text, name in FINDS.items():
        response = reader.get(SEARCH, {"q": text})
        if name not in found(response, text):
            missed[text] = name
    assert missed == {}
    checked("texts of forgiving search", len(FINDS), at_least=60)


def test_misspelt_texts_get_a_suggestion_that_finds_something(reader):
    suggested = {text: reader.get(SEARCH, {"q": text}).context.get("spelling") for text in MISSPELT}
    assert suggested == MISSPELT
    for spelling in MISSPELT.values():
        response = reader.get(SEARCH, {"q": spelling})
        assert found(response, spelling)
        assert "Did you mean" not in response.content.decode()


@pytest.mark.parametrize("text", ["xyzzy", "qwertyuiop", "%%%%"])
def test_text_like_no_word_gets_help_without_a_suggestion(reader, text):
    page = " ".join(reader.get(SEARCH, {"q": text}).content.decode().split())
    assert f"No results for “{text}”" in page
    assert "Did you mean" not in page
    assert reverse("contact") in page
    assert reverse("projects:near") in page


def test_words_that_match_alone_are_offered(reader):
    response = reader.get(SEARCH, {"q": "radiotherapy olney"})
    assert response.context["known_words"] == ["radiotherapy", "olney"]
    assert "Search for one word" in response.content.decode()


@pytest.mark.parametrize(
    ("word", "part"),
    [("hubs", "hub"), ("surgeries", "surger"), ("women's", "women"), ("Hospitals'", "Hospital"), ("bus", "bus")]
    + [("GP", "GP"), ("S", "S"), ("'s", "'s"), ("series", "serie"), ("1RS", "1RS")],
)
def test_stem(word, part):
    assert stem(word) == part


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the hub of Luton", ["hub", "Luton"]),
        ("The", ["The"]),
        ("& and", ["&", "and"]),
        ("L and D", ["L&D"]),
        ("“Grove View”?", ["Grove", "View"]),
        ("lu71ar oak", ["LU7", "1AR", "oak"]),
        ('"', ['"']),
        ("a – b", ["a", "b"]),
        ("women’s", ["women's"]),
        ("", []),
    ],
)
def test_words_of_text(text, words):
    assert words_of(text) == words


def test_spellings():
    assert spellings("O’Brien".replace("’", "'")) == ["O'Brien", "O’Brien", "OBrien"]
    assert spellings("walk-in") == ["walk-in", "walk in"]
    assert spellings("L&D") == ["L&D", "L & D", "L and D"]
    assert spellings("'") == ["'", "’"]


def test_longest_synonym_counts_as_one_part():
    synonyms = {
        ("emergency",): ["urgent"],
        ("accident", "and", "emergency"): ["never"],
        ("accident", "emergency"): ["A&E"],
    }
    wanted = parse("accident and emergency unit", synonyms)
    assert [(part.terms, part.phrases) for part in wanted] == [(("accident", "emergency"), ("A&E",)), (("unit",), ())]
