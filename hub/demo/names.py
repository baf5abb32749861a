"""The made-up trading company: whom it sells to, whom it buys from, and what; every name is invented."""

from __future__ import annotations

COMPANY = "Kestrel Provisions"
CURRENCY = "EUR"

TWICE = "O'Malley's Corner Shop"
"""A customer whom the bookkeeper has entered too: the duplicate name of the story."""
MOVED = "Café Crème & Fils"
"""The customer whose address the bookkeeper changes."""
CATCH_ALL = "Sundries"
"""An item of the books alone, posted in place of what is not worth an item of its own."""

CUSTOMERS = (
    (TWICE, "Cork", "Ireland"),
    (MOVED, "Lyon", "France"),
    ("Bäckerei Groß", "Münster", "Germany"),
    ("D'Angelo Gastronomia", "Torino", "Italy"),
    ("Smørrebrød & Sønner", "Aarhus", "Denmark"),
    ("Ñandú Cocina", "Sevilla", "Spain"),
    ("مقهى النخيل", "Muscat", "Oman"),
    ("🌻 Sunflower Deli", "Rotterdam", "Netherlands"),
    ("Herbaciarnia Pod Łabędziem", "Toruń", "Poland"),
    ("Čajovna U Háčku", "Brno", "Czechia"),
    ("Kahvila Pöllö", "Turku", "Finland"),
    ("Três Irmãs Mercearia", "Porto", "Portugal"),
    ("Γωνιά του Καφέ", "Patras", "Greece"),
    ("Teahouse of the Nine Bridges", "Kyoto", "Japan"),
    ("Widow Tanner's Tea Rooms", "Whitby", "United Kingdom"),
    ("Brasserie L'Étoile du Port", "Marseille", "France"),
    ("Gasthof zum Stillen Fuchs", "Füssen", "Germany"),
    ("Nyári Kert Étterem", "Szeged", "Hungary"),
    ("Ivy & Thistle Hotel", "Inverness", "United Kingdom"),
    ("Kaffihús Lundi", "Akureyri", "Iceland"),
    ("Osteria dei Quattro Gatti", "Bologna", "Italy"),
    ("Van der Meulen & Zn.", "Gent", "Belgium"),
    ("The Pickled Walnut", "Bath", "United Kingdom"),
    ("Épicerie Saint-Ange", "Grenoble", "France"),
    ("Taverna Sørensen", "Bergen", "Norway"),
    ("Bodega Río Manso", "Logroño", "Spain"),
    ("Vlček a syn", "Plzeň", "Czechia"),
    ("Mercado do Cais", "Lisboa", "Portugal"),
    ("Feinkost Überbach", "Graz", "Austria"),
    ("Corner of Rue Basse", "Genève", "Switzerland"),
    ("Lighthouse Canteen No. 4", "Galway", "Ireland"),
    ("Pâtisserie Noël-Dupré", "Dijon", "France"),
    ("Kıyı Lokantası", "İzmir", "Türkiye"),
    ("Søster Karens Kaffebar", "Odense", "Denmark"),
    ("Hof van Olieslagers", "Antwerpen", "Belgium"),
    ("Zuckerbäckerei Wölfl", "Salzburg", "Austria"),
    ("Rosa's Fish & Chips", "Swansea", "United Kingdom"),
    ("Panadería La Abuela Inés", "Cádiz", "Spain"),
    ("Trattoria Sant'Elmo", "Napoli", "Italy"),
    ("Blue Door Guest House", "Kinsale", "Ireland"),
)
VENDORS = (
    ("Finca Alta Niebla", "Antigua", "Guatemala"),
    ("Highland Leaf Estates", "Nuwara Eliya", "Sri Lanka"),
    ("Olivares de San Roque", "Jaén", "Spain"),
    ("Molino Bianchi & Figli", "Parma", "Italy"),
    ("Kannbäckerland Töpferei", "Höhr-Grenzhausen", "Germany"),
    ("Rooke's Paper & Twine", "Leeds", "United Kingdom"),
)

WEIGHTS = (("250 g", "1"), ("500 g", "1.9"), ("1 kg", "3.6"), ("5 kg", "17"))
BOTTLES = (("250 ml", "1"), ("500 ml", "1.85"), ("1 l", "3.5"), ("5 l", "16.5"))
SIZES = (("small", "1"), ("medium", "1.4"), ("large", "1.9"), ("set of six", "7.2"))
FAMILIES = (
    ("COF", "Highland coffee", "5.35", 0, WEIGHTS),
    ("ESP", "Espresso roast", "5.95", 0, WEIGHTS),
    ("DEC", "Decaffeinated coffee", "6.45", 0, WEIGHTS),
    ("ASM", "Assam tea", "7.15", 1, WEIGHTS),
    ("GRN", "Green tea", "8.05", 1, WEIGHTS),
    ("RYE", "Rye flour", "0.89", 3, WEIGHTS),
    ("SEM", "Semolina", "1.12", 3, WEIGHTS),
    ("CHO", "Dark chocolate drops", "4.29", 0, WEIGHTS),
    ("SAL", "Sea salt", "1.05", 2, WEIGHTS),
    ("OIL", "Olive oil", "4.85", 2, BOTTLES),
    ("VIN", "Sherry vinegar", "3.95", 2, BOTTLES),
    ("SYR", "Elderflower syrup", "3.15", 5, BOTTLES),
    ("MUG", "Stoneware mug", "6.80", 4, SIZES),
    ("BOW", "Stoneware bowl", "7.60", 4, SIZES),
    ("BAG", "Paper bags", "2.35", 5, SIZES),
)
"""Fifteen families of four items: code, name, price of the smallest, vendor's place in the list, variants."""
