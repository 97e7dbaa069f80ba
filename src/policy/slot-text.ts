import { suggestName } from '../base/nearest-name.ts';

const blankPattern = /\{([a-z][a-z0-9_]*)\}/g;

/** What is wrong with a content text: blanks without a slot, and braces that are no blank. Offsets into the text. */
export function textFaults(text: string, slots: readonly string[]): { offset: number; message: string }[] {
  const faults: { offset: number; message: string }[] = [];
  for (const match of text.matchAll(blankPattern)) {
    const name = match[1] ?? '';
    if (slots.includes(name)) continue;
    faults.push({
      offset: match.index,
      message: `has the blank {${name}}, for which there is no slot${suggestName(name, slots)}`,
    });
  }
  const rest = text.replaceAll(blankPattern, (blank) => ' '.repeat(blank.length));
  for (const match of rest.matchAll(/[{}]/g)) {
    faults.push({ offset: match.index, message: `has a "${match[0]}" that is no blank; a blank is {slot}` });
  }
  return faults;
}
