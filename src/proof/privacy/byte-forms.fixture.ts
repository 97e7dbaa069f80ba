/** In which bytes a text may stand in a file or in what a process says. */

export interface ByteForm {
  readonly text: string;
  /** How it is written. */
  readonly form: string;
  readonly bytes: Buffer;
}

/** Every form of a text of ASCII, of at least 9 characters, so that what is left of it in base64 is long enough to be nobody else's. */
export function formsOf(text: string): readonly ByteForm[] {
  const plain = Buffer.from(text);
  const forms: (readonly [string, Buffer])[] = [
    ['as it is', plain],
    ['in capitals', Buffer.from(text.toUpperCase())],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['hexadecimal', Buffer.from(plain.toString('hex'))],
    ['hexadecimal in capitals', Buffer.from(plain.toString('hex').toUpperCase())],
    ...base64Forms('base64', plain),
  ];
  // A key that is a hash is kept as what its digits say.
  if (/^[0-9a-f]{16,}$/.test(text) && text.length % 2 === 0) {
    const said = Buffer.from(text, 'hex');
    forms.push(['bytes of its digits', said], ...base64Forms('base64 of its bytes', said));
  }
  return forms.map(([form, bytes]) => ({ text, form, bytes }));
}

/** The forms of a customer's id: 16 bytes, told in 22 characters. */
export function formsOfId(id: string): readonly ByteForm[] {
  const bytes = Buffer.from(id, 'base64url');
  return [
    { text: id, form: 'as it is', bytes: Buffer.from(id) },
    { text: id, form: 'its bytes', bytes },
    { text: id, form: 'hexadecimal', bytes: Buffer.from(bytes.toString('hex')) },
  ];
}

/** The characters that are the same whatever stands before and behind, for each of the three places in a group. */
function base64Forms(name: string, plain: Buffer): (readonly [string, Buffer])[] {
  const forms = new Map<string, string>();
  for (let before = 0; before < 3; before++) {
    const whole = Buffer.concat([Buffer.alloc(before), plain]);
    const groups = Math.floor(whole.length / 3);
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = whole.subarray(0, groups * 3).toString(encoding);
      forms.set(text.slice(before === 0 ? 0 : 4), `${name} from place ${before}`);
    }
  }
  return [...forms].map(([text, form]) => [form, Buffer.from(text)] as const);
}
