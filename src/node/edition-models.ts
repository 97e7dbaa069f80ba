/**
 * Models as editions: checked, stored, put in force, and opened where they score.
 *
 * I1  What is in force was opened and gave its card's golden rows; a faulty one changes nothing.
 * I2  The edition is durable before it is used: a restart has the same model.
 * I3  Every node that lives holds what comes into force: those that cannot keep it from that.
 * I4  What this node puts in force and what it takes in of others come one after the other.
 * I5  A tick that has begun runs the model that it began with: the one before stays open until the next change.
 */
import { parseModelCard } from '../adapter/onnx/model-card.ts';
import { openOnnxScorer } from '../adapter/onnx/onnx-scorer.ts';
import { err, type Result } from '../base/result.ts';
import { decodeModelEdition, encodeModelEdition } from '../codec/stored/model-edition-codec.ts';
import { StoredBytesError } from '../codec/stored/stored-bytes-error.ts';
import type { AskHeld, Editions } from '../port/editions.ts';
import type { KeptModel, ModelFiles, ModelOutcome, Models } from '../port/models.ts';
import { PortError } from '../port/port-error.ts';
import type { Scorer } from '../port/scorer.ts';
import { isModelVersion, SCORER_MODEL } from './model-versions.ts';

export interface ModelParts {
  readonly editions: Editions;
  /** What scores at the start. */
  readonly scorer: Scorer;
  /** The caller closes that one. */
  readonly isGiven: boolean;
  /** Is told of every model that comes into force from then on. */
  readonly adopt: (scorer: Scorer) => void;
  /** Absent where no other node is. */
  readonly ask?: AskHeld;
}

export class EditionModels implements Models {
  readonly #parts: ModelParts;
  #current: Scorer;
  /** I5 */
  #former: Scorer | undefined;
  /** Opened, and not in force yet. */
  #held: Scorer | undefined;
  #unread = '';
  /** I4 */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#current = parts.scorer;
  }

  get scoring(): string {
    return this.#current.info.version;
  }

  /** A version that is in force and that this node cannot open; '': there is none. */
  get unread(): string {
    return this.#unread;
  }

  async publish(files: ModelFiles, expected: string | undefined): Promise<ModelOutcome> {
    const opened = await openModelFiles(files);
    if (!opened.ok) return { kind: 'faulty', faults: opened.error };
    const scorer = opened.value;
    const fault = await storeModel(this.#parts.editions, files, scorer);
    if (fault !== '') {
      await scorer.close();
      return { kind: 'faulty', faults: [fault] };
    }
    await this.#serially(() => this.#keepHeld(scorer));
    return this.#bringIn(scorer.info.version, expected);
  }

  async rollback(version: string | undefined): Promise<ModelOutcome> {
    const { editions } = this.#parts;
    const inForce = await editions.current('model');
    const versions = await editions.versions('model');
    const present = versions.findIndex((edition) => edition.version === inForce);
    const wanted = version ?? (present < 0 ? undefined : versions[present + 1]?.version);
    if (wanted === undefined || (await editions.get('model', wanted)) === undefined)
      return { kind: 'unknown' };
    return this.#bringIn(wanted, version === undefined ? inForce : undefined);
  }

  async list(): Promise<readonly KeptModel[]> {
    const { editions } = this.#parts;
    const inForce = await editions.current('model');
    const versions = await editions.versions('model');
    return versions.map((edition) => ({ ...edition, inForce: edition.version === inForce }));
  }

  /** Opens a stored version, for it to be put in force: why it cannot be, '': it can. Throws PortError, also where the store does not have it. */
  hold(version: string): Promise<string> {
    return this.#serially(() => this.#hold(version));
  }

  /** Puts in force here what another node has put in force. What cannot be opened changes nothing, and is `unread`. Throws PortError. */
  takeIn(): Promise<void> {
    return this.#serially(async () => {
      const version = await this.#parts.editions.current('model');
      if (version === this.#unread && version !== '') return;
      const isHere = version === '' || version === this.scoring;
      this.#unread = isHere || (await this.#hold(version)) === '' ? '' : version;
      if (!isHere && this.#unread === '') await this.#take();
    });
  }

  async close(): Promise<void> {
    await this.#last;
    for (const scorer of [this.#current, this.#former, this.#held]) await this.#close(scorer);
  }

  /** I3 */
  async #bringIn(version: string, expected: string | undefined): Promise<ModelOutcome> {
    const { editions, ask } = this.#parts;
    const why = await this.hold(version);
    if (why !== '') return { kind: 'faulty', faults: [why] };
    const inForce = await editions.current('model');
    if (expected !== undefined && expected !== inForce) return { kind: 'conflict', inForce };
    const nodes = version === inForce ? [] : ((await ask?.('model', version)) ?? []);
    if (nodes === 'overtaken') return { kind: 'conflict', inForce };
    if (nodes.length > 0) return { kind: 'unheld', version, nodes };
    return this.#serially(() => this.#use(version, expected));
  }

  async #use(version: string, expected: string | undefined): Promise<ModelOutcome> {
    const { editions } = this.#parts;
    const previous = await editions.current('model');
    if (expected !== undefined && expected !== previous) return { kind: 'conflict', inForce: previous };
    // Another proposal may have taken its place meanwhile.
    const why = await this.#hold(version);
    if (why !== '') return { kind: 'faulty', faults: [why] };
    try {
      await editions.use('model', version, previous);
    } catch (fault) {
      if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
      return { kind: 'conflict', inForce: await editions.current('model') };
    }
    if (version !== this.scoring) await this.#take();
    this.#unread = '';
    return { kind: 'taken', version, previous };
  }

  async #hold(version: string): Promise<string> {
    if (version === this.scoring || version === this.#held?.info.version) return '';
    const opened = await openStoredModel(this.#parts.editions, version);
    if (!opened.ok) return opened.error.join('; ');
    await this.#keepHeld(opened.value);
    return '';
  }

  async #keepHeld(scorer: Scorer): Promise<void> {
    const before = this.#held;
    this.#held = scorer;
    await this.#close(before);
  }

  /** What is held scores from now on. */
  async #take(): Promise<void> {
    const [held, former] = [this.#held, this.#former];
    if (held === undefined) return;
    this.#held = undefined;
    this.#former = this.#current;
    this.#current = held;
    this.#parts.adopt(held);
    await this.#close(former);
  }

  async #close(scorer: Scorer | undefined): Promise<void> {
    const { scorer: first, isGiven } = this.#parts;
    if (scorer !== undefined && !(isGiven && scorer === first)) await scorer.close();
  }

  /** I4 */
  #serially<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** Opens a model that comes from outside: all that is wrong with it, a sentence each. */
export async function openModelFiles({
  card,
  model,
}: ModelFiles): Promise<Result<Scorer, readonly string[]>> {
  const parsed = parseModelCard(card);
  if (!parsed.ok) return parsed;
  const { name, version } = parsed.value;
  const faults: string[] = [];
  if (name !== SCORER_MODEL) faults.push(`the card is of the model ${name}, not of ${SCORER_MODEL}`);
  if (!isModelVersion(version))
    faults.push(
      `the card is of version ${version}, and a version is a number, best with a digest behind it: 8-0123456789ab`,
    );
  return faults.length > 0 ? err(faults) : openOnnxScorer(card, model);
}

/** Opens a stored version; its faults, a sentence each. Throws PortError, also where the store does not have it. */
export async function openStoredModel(
  editions: Editions,
  version: string,
): Promise<Result<Scorer, readonly string[]>> {
  const edition = await editions.get('model', version);
  if (edition === undefined)
    throw new PortError('unavailable', `the model ${version} is not among the stored editions yet`);
  try {
    const { card, model } = decodeModelEdition(edition.bytes);
    return await openOnnxScorer(card, model);
  } catch (fault) {
    if (!(fault instanceof StoredBytesError)) throw fault;
    return err([`model ${version} cannot be read: ${fault.message}`]);
  }
}

/** Stores a model that was opened, durably; why it cannot be, '': it is. Throws PortError. */
export async function storeModel(editions: Editions, files: ModelFiles, { info }: Scorer): Promise<string> {
  const { version, sha256 = '' } = info;
  try {
    await editions.put({ kind: 'model', version, sha256, bytes: encodeModelEdition(files) });
    return '';
  } catch (fault) {
    if (!(fault instanceof PortError) || fault.kind !== 'conflict') throw fault;
    // What it decided under this name would be derived again with other bytes.
    return `${fault.message}: a model or card that was changed wants a version of its own`;
  }
}
