"""Every row of the requirements, by its group, and those that this program cannot bear, each with why."""

GROUPS = {
    "REC": 16,
    "STO": 10,
    "REL": 14,
    "QRY": 9,
    "NTF": 10,
    "CON": 4,
    "FEE": 9,
    "OB": 21,
    "EXC": 6,
    "CLM": 9,
    "SLA": 9,
    "CRM": 10,
    "SEC": 9,
    "KPI": 16,
    "PK": 7,
    "STF": 11,
    "CUR": 6,
    "UX": 7,
    "AI": 4,
    "TP": 7,
}
ROWS = [f"{group}-{number:02d}" for group, count in GROUPS.items() for number in range(1, count + 1)]

OUT = {
    "REC-15": "tarpaulins and rucksacks: vehicles and clothing have no interface to a locker",
    "FEE-09": "customs, duties and taxes: systems of customs and carriers; numbers of S10 are recognised",
    "OB-08": "route planning and safety in traffic: the carrier's navigation",
    "OB-20": "trucks, planes and sorting: transport by the carrier, nothing of it is on the locker",
    "KPI-06": "coverage of branches: planning of the operator's network",
    "CUR-05": "franchises and shares of regions: how a company is organised",
    "UX-06": "packing machines and trolleys: they have no interface",
}
"""Rows that are out of scope, and why."""
