import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';

/** What mostly lies behind a fault that the parser names in its own words. */
const HINTS: Readonly<Partial<Record<string, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: '; a text that holds ": " stands in quotes: "one: two"',
  MULTILINE_IMPLICIT_KEY: '; is a line before it indented too little?',
  UNEXPECTED_TOKEN: '; a text with quotes, # or * in it stands in quotes as a whole',
  MISSING_CHAR: '; a quote or bracket is opened and not closed',
  BAD_SCALAR_START: '; such a text stands in quotes',
  TAB_AS_INDENT: '; indent with spaces',
};

function hintFor(code: string): string {
  return HINTS[code] ?? '';
}

/** Keys and list indices from a document's top. */
export type YamlPath = readonly (string | number)[];

/** One parsed YAML file: plain data, and the place of every key and value in it. */
export class YamlSource {
  readonly file: string;
  readonly text: string;
  /** Undefined when the text cannot be read as YAML; `faults` then says why. A repeated key is a fault, and read. */
  readonly data: unknown;
  readonly faults: readonly PolicyFault[];
  readonly #root: Node | null;
  readonly #lines: LineCounter;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: this.#lines,
      version: '1.2',
      schema: 'core',
      merge: false,
      prettyErrors: false,
      stringKeys: false,
    });
    this.#root = document.contents;
    const repeats = document.errors.filter((error) => error.code === 'DUPLICATE_KEY');
    const others = [...document.errors, ...document.warnings].filter(
      (error) => error.code !== 'DUPLICATE_KEY',
    );
    const faults: PolicyFault[] = others.map((error) =>
      this.#fault(error.pos[0], `the file is not well-formed YAML: ${error.message}${hintFor(error.code)}`),
    );
    // Aliases and anchors would let a small file unfold into a large one, and a fault would have two places.
    visit(document, {
      Alias: (_, node) => {
        faults.push(
          this.#fault(node.range?.[0] ?? 0, `the alias *${node.source} is not allowed: write the value out`),
        );
      },
      Pair: (_, pair) => {
        if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
          const node = pair.key as Node | null;
          faults.push(
            this.#fault(node?.range?.[0] ?? 0, `the key ${showKey(node)} must be a text; put it into quotes`),
          );
        }
      },
    });
    this.data = faults.length === 0 ? (document.toJS() as unknown) : undefined;
    // A key that is given twice leaves the rest of the file readable, and its other faults worth telling.
    for (const { pos } of repeats) {
      const key = /^["']?([^\s:"']*)/.exec(text.slice(pos[0]))?.[1] ?? '';
      faults.push(this.#fault(pos[0], `the key ${showValue(key)} is given twice`));
    }
    this.faults = faults;
  }

  /** A fault at the value of `path`; at the nearest enclosing value that exists when that one is missing. */
  faultAt(path: YamlPath, message: string): PolicyFault {
    return { ...this.#fault(this.#valueOffset(path), message), path: path.join('.') };
  }

  /** A fault at the key itself. */
  faultAtKey(path: YamlPath, message: string): PolicyFault {
    return { ...this.#fault(this.#keyOffset(path), message), path: path.join('.') };
  }

  /** A fault `offset` characters into the text at `path`, as the parser reads that text (exact unless it holds escapes). */
  faultInside(path: YamlPath, offset: number, message: string): PolicyFault {
    return { ...this.#fault(this.#offsetInside(path, offset), message), path: path.join('.') };
  }

  #fault(offset: number, message: string): PolicyFault {
    const { line, col } = this.#lines.linePos(Math.max(0, Math.min(offset, this.text.length)));
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), path: '', message };
  }

  #find(path: YamlPath): { key: Node | undefined; value: Node | null | undefined; parent: Node | null } {
    let key: Node | undefined;
    let value: Node | null | undefined = this.#root;
    let parent: Node | null = this.#root;
    for (const part of path) {
      if (value !== undefined) parent = value;
      key = undefined;
      if (isMap(value)) {
        const pair: Pair | undefined = value.items.find(
          (item) => isPair(item) && isScalar(item.key) && item.key.value === part,
        );
        key = pair?.key as Node | undefined;
        value = pair === undefined ? undefined : (pair.value as Node | null);
      } else if (isSeq(value) && typeof part === 'number') {
        value = value.items[part] as Node | undefined;
      } else {
        value = undefined;
      }
      if (value === undefined) break;
    }
    return { key, value, parent };
  }

  #valueOffset(path: YamlPath): number {
    for (let length = path.length; length >= 0; length--) {
      const { key, value } = this.#find(path.slice(0, length));
      // An enclosing mapping is best pointed at by its key: that is the line a reader looks for.
      const node = length < path.length ? (key ?? value) : (value ?? key);
      if (node?.range) return node.range[0];
    }
    return 0;
  }

  #keyOffset(path: YamlPath): number {
    return this.#find(path).key?.range?.[0] ?? this.#valueOffset(path);
  }

  #offsetInside(path: YamlPath, offset: number): number {
    const { value } = this.#find(path);
    if (!isScalar(value) || isAlias(value) || !value.range) return this.#valueOffset(path);
    const [from, to] = value.range;
    if (value.type === 'QUOTE_DOUBLE' || value.type === 'QUOTE_SINGLE')
      return Math.min(from + 1 + offset, to);
    if (value.type !== 'BLOCK_FOLDED' && value.type !== 'BLOCK_LITERAL') return Math.min(from + offset, to);
    // A block's text begins on the line behind its header, without each line's indentation.
    let at = this.text.indexOf('\n', from) + 1;
    const indent = /^ */.exec(this.text.slice(at))?.[0].length ?? 0;
    at += indent;
    for (let left = offset; left > 0 && at < to; left--) {
      at += this.text[at] === '\n' ? 1 + indent : 1;
    }
    return Math.min(at, Math.max(from, to - 1));
  }
}

function showKey(node: Node | null): string {
  return isScalar(node) ? showValue(node.value) : 'here';
}
