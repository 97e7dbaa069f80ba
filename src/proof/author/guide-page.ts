/**
 * A page of the guide as its examples. What a fenced block is stands behind its first fence:
 *
 * - `yaml actions/refill.yaml`: a part of a policy's file, laid over what the page's policy is by then
 * - `yaml story`: a scenario
 * - `cel`: conditions, one a line
 * - `json`: events, one a line, as `attune send` takes them
 * - `console`: commands behind `$ `, each followed by lines that its output must hold; `…` stands for anything
 * - `sh`: commands that need more than a page (a running service of one's own): their names and flags must exist
 * - `text`: no example
 */
export const BLOCK_KINDS = ['file', 'story', 'cel', 'json', 'console', 'sh', 'text'] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

export interface GuideBlock {
  readonly kind: BlockKind;
  /** Of a file: its name in the policy's directory. */
  readonly name: string;
  readonly text: string;
  /** Line of its first fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a page in order. Throws for a block of no kind: it would never be run. */
export function guideBlocks(page: string, markdown: string): GuideBlock[] {
  const blocks: GuideBlock[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const opened = /^```(.*)$/.exec(lines[at] ?? '');
    if (opened === null) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`${page}:${at + 1}: the block is not closed`);
    const { kind, name } = kindOf(opened[1] ?? '', `${page}:${at + 1}`);
    blocks.push({ kind, name, text: `${lines.slice(at + 1, end).join('\n')}\n`, line: at + 1 });
    at = end;
  }
  return blocks;
}

function kindOf(info: string, place: string): Pick<GuideBlock, 'kind' | 'name'> {
  const [language = '', name = ''] = info.trim().split(/\s+/);
  if (language === 'yaml' && name === 'story') return { kind: 'story', name: '' };
  if (language === 'yaml' && /^(actions\/)?[a-z_-]+\.yaml$/.test(name)) return { kind: 'file', name };
  const kind = BLOCK_KINDS.find((one) => one === language);
  if (kind !== undefined && kind !== 'file' && kind !== 'story' && name === '') return { kind, name: '' };
  throw new Error(`${place}: "${info}" is no kind of example`);
}

export interface ConsoleCommand {
  readonly command: string;
  /** What its output must hold, in this order. */
  readonly expected: readonly string[];
}

/** The commands of a console block; a line that ends in a backslash goes on in the next. */
export function consoleCommands(text: string): ConsoleCommand[] {
  const commands: { command: string; expected: string[] }[] = [];
  let goesOn = false;
  for (const line of text.split('\n')) {
    const last = commands.at(-1);
    if (goesOn && last !== undefined) last.command += line.trim();
    else if (line.startsWith('$ ')) commands.push({ command: line.slice(2), expected: [] });
    else if (line.trim() !== '') last?.expected.push(line.trim());
    const now = commands.at(-1);
    goesOn = now?.command.endsWith('\\') === true;
    if (goesOn && now !== undefined) now.command = now.command.slice(0, -1);
  }
  return commands;
}

/** The first expected line that the output lacks behind those before it; undefined: it holds all. */
export function missingLine(output: string, expected: readonly string[]): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  let from = 0;
  for (const wanted of expected) {
    const found = lines.findIndex((line, at) => at >= from && fits(line, wanted));
    if (found < 0) return wanted;
    from = found + 1;
  }
  return undefined;
}

/** Whether a line holds the wanted text, whose `…` stands for anything. */
function fits(line: string, wanted: string): boolean {
  let from = 0;
  for (const part of wanted.split('…').map((one) => one.trim())) {
    const found = line.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return true;
}
