from datetime import date

TODAY = date(2026, 11, 21)
OPENED = date(2026, 10, 1)
