import type { ASTNode } from '@marcbachmann/cel-js';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { categoryFunction } from '../../core/trait/category-functions.ts';
import { TRAITS, type TraitSpec } from '../../core/trait/trait-spec.ts';
import type { SoundPolicy } from '../parse-policy.ts';
import { partsOfNode } from '../parts-of-node.ts';
import { OTHER_CATEGORIES } from '../policy-shape.ts';
import { valueAt } from '../shape-faults.ts';
import { conditionsOf } from './conditions-of.ts';
import { actionEntries } from './lint.ts';

type Goods = NonNullable<TraitSpec['names']>;

/** A category or product that a policy names. */
export interface NamedGoods {
  readonly name: string;
  /** Compared letter by letter, as conditions compare traits; else letter case and spaces do not count. */
  readonly isExact: boolean;
  /** The field that names it. */
  readonly field: string;
  /** A fault at this place. */
  readonly fault: (message: string) => PolicyFault;
}

const namedBy: ReadonlyMap<string, Goods | undefined> = new Map(
  (TRAITS as readonly TraitSpec[]).map(({ name, names }) => [name, names]),
);

/** Every category (or product) named in conditions; categories in guardrails and subjects too. */
export function namedGoods(sound: SoundPolicy, goods: Goods): readonly NamedGoods[] {
  const others = goods === 'category' ? [...inGuardrails(sound), ...inSubjects(sound)] : [];
  return [...others, ...inConditions(sound, goods)];
}

/** Keys of both mappings from category to duration. */
function inGuardrails({ source }: SoundPolicy): readonly NamedGoods[] {
  const file = source.byKind.get('guardrails')?.[0];
  if (file === undefined) return [];
  return ['by_category', 'whole_category'].flatMap((key) => {
    const path = ['suppression', key];
    const times = valueAt(file.data, path);
    const names = typeof times === 'object' && times !== null ? Object.keys(times) : [];
    return names
      .filter((name) => key !== 'whole_category' || name !== OTHER_CATEGORIES)
      .map((name) => ({
        name,
        isExact: false,
        field: path.join('.'),
        fault: (message: string) => file.faultAtKey([...path, name], message),
      }));
  });
}

function inSubjects(sound: SoundPolicy): readonly NamedGoods[] {
  return actionEntries(sound).flatMap(({ source, raw, path }) => {
    const name = valueAt(raw, ['subject', 'owned']);
    if (typeof name !== 'string') return [];
    const full = [...path, 'subject', 'owned'];
    const fault = (message: string) => source.faultAt(full, message);
    return [{ name, isExact: false, field: full.join('.'), fault }];
  });
}

function inConditions(sound: SoundPolicy, goods: Goods): readonly NamedGoods[] {
  return actionEntries(sound).flatMap((entry) => {
    const { own, ofVariants } = conditionsOf(entry);
    return [...(own === undefined ? [] : [own]), ...ofVariants].flatMap(({ ast, path }) =>
      literalsOf(ast, goods).map(
        ({ name, offset, isExact }): NamedGoods => ({
          name,
          isExact,
          field: path.join('.'),
          fault: (message) => entry.source.faultInside(path, offset, message),
        }),
      ),
    );
  });
}

interface Literal {
  readonly name: string;
  readonly offset: number;
  readonly isExact: boolean;
}

/** Texts that are compared with a trait that names such goods, and those that functions of a category take, which fold them. */
function literalsOf(node: ASTNode, goods: Goods): readonly Literal[] {
  if (node.op === '==' || node.op === '!=' || node.op === 'in') {
    const [left, right] = node.args;
    if (isTrait(left, goods)) return textsIn(right);
    if (isTrait(right, goods)) return textsIn(left);
  }
  if (node.op === 'call' && categoryFunction(node.args[0]) !== undefined) {
    return goods === 'category'
      ? node.args[1].flatMap(textsIn).map((one) => ({ ...one, isExact: false }))
      : [];
  }
  return partsOfNode(node).flatMap((part) => literalsOf(part, goods));
}

function isTrait(node: ASTNode, goods: Goods): boolean {
  return node.op === 'id' && namedBy.get(node.args) === goods;
}

/** '' stands for none. */
function textsIn(node: ASTNode): readonly Literal[] {
  if (node.op === 'list') return node.args.flatMap(textsIn);
  if (node.op !== 'value' || typeof node.args !== 'string' || node.args === '') return [];
  return [{ name: node.args, offset: node.range.start, isExact: true }];
}
