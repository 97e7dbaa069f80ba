/**
 * Why the service decides by itself, as one text: the id of a trigger or of a plan and, behind a colon, the order or case that it is
 * about. No such id holds a colon.
 */

/** `about`: '' where it is about nothing in particular. */
export function causeText(name: string, about: string): string {
  return about === '' ? name : `${name}:${about}`;
}

/** The id of the trigger or of the plan. */
export function causeName(cause: string): string {
  const colon = cause.indexOf(':');
  return colon < 0 ? cause : cause.slice(0, colon);
}

/** The id of the order or case, '' for none. The slot of a consideration, which holds a colon too, is about none. */
export function causeAbout(cause: string): string {
  const colon = cause.indexOf(':');
  return colon < 0 || cause.startsWith(CONSIDERED) ? '' : cause.slice(colon + 1);
}

/** Begins the cause of a consideration (consideration/slot.ts). */
export const CONSIDERED = 'consider ';
