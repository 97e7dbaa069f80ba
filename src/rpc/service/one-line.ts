/** As it stands in a log and in an Explain: without line breaks and other control characters. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
