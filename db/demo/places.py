"""Names that the telephone metadata lacks: codes of states and provinces, and the main countries with their zones."""

STATES = {
    name.strip(): code
    for code, name in (
        line.split(" ", 1)
        for line in """\
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC Washington D.C.|FL Florida|GA Georgia
HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan
MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota
TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington State|WV West Virginia|WI Wisconsin|WY Wyoming
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia/Prince Edward Island
NT Northwest Territories/Nunavut/Yukon|ON Ontario|QC Quebec|SK Saskatchewan""".replace("\n", "|").split("|")
    )
}

# Countries and territories that share the code 1 with the USA.
CODE_1 = {
    region: (code, name)
    for region, code, name in (
        line.split(" ", 2)
        for line in """\
US USA USA|CA CAN Canada|PR PRI Puerto Rico|VI VIR U.S. Virgin Islands|GU GUM Guam|AS ASM American Samoa|MP MNP Northern Mariana Islands
BS BHS Bahamas|BB BRB Barbados|AI AIA Anguilla|AG ATG Antigua and Barbuda|VG VGB British Virgin Islands|KY CYM Cayman Islands|BM BMU Bermuda
GD GRD Grenada|TC TCA Turks and Caicos Islands|MS MSR Montserrat|SX SXM Sint Maarten|LC LCA Saint Lucia|DM DMA Dominica
VC VCT Saint Vincent and the Grenadines|DO DOM Dominican Republic|TT TTO Trinidad and Tobago|KN KNA Saint Kitts and Nevis
JM JAM Jamaica""".replace("\n", "|").split("|")
    )
}

# Country code, country, state, zone and name; the first row of a country is its main zone.
COUNTRIES = tuple(
    (int(code), country, "" if state == "-" else state, zone, name)
    for code, country, state, zone, name in (
        line.split(" ", 4)
        for line in """\
7 RUS - Europe/Moscow Russia|20 EGY - Africa/Cairo Egypt|27 ZAF - Africa/Johannesburg South Africa|30 GRC - Europe/Athens Greece
31 NLD - Europe/Amsterdam Netherlands|32 BEL - Europe/Brussels Belgium|33 FRA - Europe/Paris France|34 ESP - Europe/Madrid Spain
36 HUN - Europe/Budapest Hungary|39 ITA - Europe/Rome Italy|40 ROU - Europe/Bucharest Romania|41 CHE - Europe/Zurich Switzerland
43 AUT - Europe/Vienna Austria|44 GBR - Europe/London United Kingdom|45 DNK - Europe/Copenhagen Denmark|46 SWE - Europe/Stockholm Sweden
47 NOR - Europe/Oslo Norway|48 POL - Europe/Warsaw Poland|49 DEU - Europe/Berlin Germany|51 PER - America/Lima Peru
52 MEX - America/Mexico_City Mexico|53 CUB - America/Havana Cuba|54 ARG - America/Argentina/Buenos_Aires Argentina
55 BRA - America/Sao_Paulo Brazil|56 CHL - America/Santiago Chile|57 COL - America/Bogota Colombia|58 VEN - America/Caracas Venezuela
60 MYS - Asia/Kuala_Lumpur Malaysia|61 AUS NSW Australia/Sydney New South Wales|61 AUS VIC Australia/Melbourne Victoria
61 AUS QLD Australia/Brisbane Queensland|61 AUS SA Australia/Adelaide South Australia|61 AUS WA Australia/Perth Western Australia
61 AUS TAS Australia/Hobart Tasmania|61 AUS NT Australia/Darwin Northern Territory|61 AUS ACT Australia/Sydney Capital Territory
62 IDN - Asia/Jakarta Indonesia|63 PHL - Asia/Manila Philippines|64 NZL - Pacific/Auckland New Zealand|65 SGP - Asia/Singapore Singapore
66 THA - Asia/Bangkok Thailand|81 JPN - Asia/Tokyo Japan|82 KOR - Asia/Seoul South Korea|84 VNM - Asia/Ho_Chi_Minh Vietnam
86 CHN - Asia/Shanghai China|90 TUR - Europe/Istanbul Turkey|91 IND - Asia/Kolkata India|92 PAK - Asia/Karachi Pakistan
94 LKA - Asia/Colombo Sri Lanka|212 MAR - Africa/Casablanca Morocco|234 NGA - Africa/Lagos Nigeria|254 KEN - Africa/Nairobi Kenya
351 PRT - Europe/Lisbon Portugal|353 IRL - Europe/Dublin Ireland|358 FIN - Europe/Helsinki Finland|359 BGR - Europe/Sofia Bulgaria
370 LTU - Europe/Vilnius Lithuania|371 LVA - Europe/Riga Latvia|372 EST - Europe/Tallinn Estonia|380 UKR - Europe/Kyiv Ukraine
420 CZE - Europe/Prague Czechia|421 SVK - Europe/Bratislava Slovakia|502 GTM - America/Guatemala Guatemala
503 SLV - America/El_Salvador El Salvador|504 HND - America/Tegucigalpa Honduras|505 NIC - America/Managua Nicaragua
506 CRI - America/Costa_Rica Costa Rica|507 PAN - America/Panama Panama|591 BOL - America/La_Paz Bolivia
593 ECU - America/Guayaquil Ecuador|595 PRY - America/Asuncion Paraguay|598 URY - America/Montevideo Uruguay
852 HKG - Asia/Hong_Kong Hong Kong|886 TWN - Asia/Taipei Taiwan|966 SAU - Asia/Riyadh Saudi Arabia
971 ARE - Asia/Dubai United Arab Emirates|972 ISR - Asia/Jerusalem Israel""".replace("\n", "|").split("|")
    )
)
