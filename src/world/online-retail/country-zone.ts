// The set names countries, not zones. Where a country has several zones the one of most of its people is taken.
const ZONES: Readonly<Record<string, string>> = {
  'United Kingdom': 'Europe/London',
  Germany: 'Europe/Berlin',
  France: 'Europe/Paris',
  EIRE: 'Europe/Dublin',
  Spain: 'Europe/Madrid',
  Netherlands: 'Europe/Amsterdam',
  Belgium: 'Europe/Brussels',
  Switzerland: 'Europe/Zurich',
  Australia: 'Australia/Sydney',
  Portugal: 'Europe/Lisbon',
  'Channel Islands': 'Europe/Jersey',
  Norway: 'Europe/Oslo',
  Finland: 'Europe/Helsinki',
  Italy: 'Europe/Rome',
  Cyprus: 'Asia/Nicosia',
  Japan: 'Asia/Tokyo',
  Sweden: 'Europe/Stockholm',
  Austria: 'Europe/Vienna',
  'Hong Kong': 'Asia/Hong_Kong',
  Poland: 'Europe/Warsaw',
  Israel: 'Asia/Jerusalem',
  Denmark: 'Europe/Copenhagen',
  Singapore: 'Asia/Singapore',
  Canada: 'America/Toronto',
  Iceland: 'Atlantic/Reykjavik',
  Greece: 'Europe/Athens',
  Malta: 'Europe/Malta',
  Lebanon: 'Asia/Beirut',
  Lithuania: 'Europe/Vilnius',
  Brazil: 'America/Sao_Paulo',
  'United Arab Emirates': 'Asia/Dubai',
  USA: 'America/New_York',
  Bahrain: 'Asia/Bahrain',
  'Czech Republic': 'Europe/Prague',
  'Saudi Arabia': 'Asia/Riyadh',
};

/** The IANA zone of a country as the set spells it; undefined for "Unspecified", "European Community" and unknown names. */
export function zoneOfCountry(country: string): string | undefined {
  return Object.hasOwn(ZONES, country) ? ZONES[country] : undefined;
}
