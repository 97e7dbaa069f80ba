import type { ASTNode } from '@marcbachmann/cel-js';
import { nearestName, suggestName } from '../base/nearest-name.ts';
import type { AttributeSpec } from '../core/attribute/attribute.ts';
import { foldCategory } from '../core/profile/category.ts';
import { CATEGORY_FUNCTIONS, categoryFunction } from '../core/trait/category-functions.ts';
import { TRAITS, type TraitSpec } from '../core/trait/trait-spec.ts';
import { partsOfNode } from './parts-of-node.ts';

/** Why a condition cannot be used, and where in its text. */
export interface ConditionFault {
  readonly offset: number;
  readonly message: string;
}

const traitByName: ReadonlyMap<string, TraitSpec> = new Map(TRAITS.map((spec) => [spec.name, spec]));

/** The variable that holds what the shop told of the customer. */
const ATTRIBUTES = 'attributes';
/** What may be asked of an attribute. */
const HAS = 'has';
const DAYS_UNTIL = 'days_until';

/** Calls that cannot fail at run time; CEL's others (conversions, patterns, dates) can. */
const functions = ['size', ...CATEGORY_FUNCTIONS.map(({ name }) => name), DAYS_UNTIL, HAS];
const methods = ['size', 'startsWith', 'endsWith', 'contains', 'exists', 'all'];

/**
 * Conditions are CEL without what can fail when it runs or has no use here: indexing, maps, conversions, patterns,
 * null, bytes, unsigned numbers and whole-number arithmetic. So a loaded condition is always true or false.
 */
export function languageFaults(ast: ASTNode, attributes: readonly AttributeSpec[]): ConditionFault[] {
  const faults: ConditionFault[] = [];
  const say = (node: ASTNode, message: string): void => {
    faults.push({ offset: node.range.start, message });
  };
  const walk = (node: ASTNode, scope: readonly string[]): void => {
    switch (node.op) {
      case 'value':
        if (!isPlain(node.args)) say(node, 'uses null, bytes or an unsigned number, which no trait is');
        return;
      case 'id':
        if (!traitByName.has(node.args) && !scope.includes(node.args)) say(node, unknownTrait(node.args));
        return;
      case '.': {
        const name = attributeNamed(node);
        if (name === undefined)
          return say(node, 'uses ., which conditions do not have but in attributes.NAME');
        if (!attributes.some((spec) => spec.name === name)) say(node, unknownAttribute(name, attributes));
        return;
      }
      case 'list':
        for (const item of node.args) walk(item, scope);
        return;
      case '?:':
        for (const part of node.args) walk(part, scope);
        return;
      case '!_':
      case '-_':
        walk(node.args, scope);
        return;
      case '&&':
      case '||':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case '==':
      case '!=':
      case 'in': {
        const [left, right] = node.args;
        walk(left, scope);
        walk(right, scope);
        if (node.op === '==' || node.op === '!=' || node.op === 'in') {
          for (const fault of valueFaults(left, right)) faults.push(fault);
        }
        return;
      }
      case '+':
      case '-':
      case '*':
      case '/':
        for (const part of node.args) walk(part, scope);
        if (isWhole(node.args[0]))
          say(node, 'counts with whole numbers; write them with a decimal point, such as 1.0');
        return;
      case 'call': {
        const [name, args] = node.args;
        if (!functions.includes(name))
          say(node, `uses ${name}(), which conditions do not have; they have ${functions.join('(), ')}()`);
        if (categoryFunction(name) === undefined) {
          for (const arg of args) walk(arg, scope);
          const fault = attributeCallFault(name, args, attributes);
          if (fault !== undefined) say(node, fault);
          return;
        }
        if (categoryOf(args) === undefined)
          say(node, `calls ${name}() without one category in quotes; write it as ${name}("coffee")`);
        return;
      }
      case 'rcall': {
        const [name, receiver, args] = node.args;
        if (!methods.includes(name))
          say(node, `uses .${name}(), which conditions do not have; they have .${methods.join('(), .')}()`);
        walk(receiver, scope);
        const variable =
          (name === 'exists' || name === 'all') && args[0]?.op === 'id' ? args[0].args : undefined;
        const inner = variable === undefined ? scope : [...scope, variable];
        if (variable !== undefined && (traitByName.has(variable) || variable === ATTRIBUTES)) {
          const what = variable === ATTRIBUTES ? 'what the shop tells,' : 'the trait';
          say(node, `names its loop variable like ${what} ${variable}; take another name`);
        }
        for (const arg of args) walk(arg, inner);
        return;
      }
      default:
        say(node, `uses ${node.op}, which conditions do not have`);
    }
  };
  walk(ast, []);
  return faults;
}

/** The category that a call of a category function names; undefined: it names none, more than one, or not as a text in quotes. */
export function categoryOf(args: readonly ASTNode[]): string | undefined {
  const [category] = args;
  if (args.length !== 1 || category?.op !== 'value' || typeof category.args !== 'string') return undefined;
  return foldCategory(category.args) === '' ? undefined : category.args;
}

/** The attribute that `attributes.NAME` names; undefined: the part is something else. */
export function attributeNamed(node: ASTNode | undefined): string | undefined {
  if (node?.op !== '.') return undefined;
  const [left, name] = node.args;
  return left.op === 'id' && left.args === ATTRIBUTES ? name : undefined;
}

/** All attributes of which a part asks. */
export function attributesIn(node: ASTNode): readonly string[] {
  const name = attributeNamed(node);
  return name === undefined ? partsOfNode(node).flatMap(attributesIn) : [name];
}

/** Whether a call asks if an attribute is known, or for the days until it comes round. */
export function isAttributeCall(name: string): name is typeof HAS | typeof DAYS_UNTIL {
  return name === HAS || name === DAYS_UNTIL;
}

/** What is wrong with what is asked of an attribute; undefined: nothing, or the function is another one. */
function attributeCallFault(
  name: string,
  args: readonly ASTNode[],
  attributes: readonly AttributeSpec[],
): string | undefined {
  if (!isAttributeCall(name)) return undefined;
  const asked = args.length === 1 ? attributeNamed(args[0]) : undefined;
  if (asked === undefined)
    return `calls ${name}() without an attribute; write it as ${name}(attributes.NAME)`;
  const type = attributes.find((spec) => spec.name === asked)?.type;
  if (name === HAS || type === undefined || type === 'date') return undefined;
  return `calls ${name}() of ${asked}, which is declared as ${type}; it must be a date`;
}

function unknownAttribute(name: string, attributes: readonly AttributeSpec[]): string {
  const near = suggestName(
    name,
    attributes.map((spec) => spec.name),
  );
  return `asks for the attribute "${name}", which policy.yaml does not declare${near}`;
}

/** A comparison of a trait from a closed set with a text outside it can only be a mistake. */
function valueFaults(left: ASTNode, right: ASTNode): ConditionFault[] {
  const [trait, other] = left.op === 'id' ? [left, right] : [right, left];
  if (trait.op !== 'id') return [];
  const values = traitByName.get(trait.args)?.values;
  if (values === undefined) return [];
  const literals = other.op === 'list' ? other.args : [other];
  return literals.flatMap((literal) => {
    if (literal.op !== 'value' || typeof literal.args !== 'string' || values.includes(literal.args))
      return [];
    const near = nearestName(literal.args, values);
    const known =
      near === undefined
        ? `it is one of ${values.map((value) => `"${value}"`).join(', ')}`
        : `did you mean "${near}"?`;
    return [
      {
        offset: literal.range.start,
        message: `compares ${trait.args} with "${literal.args}", which it never is; ${known}`,
      },
    ];
  });
}

/** No trait could be held against the others, and unsigned arithmetic can fail when it runs. */
function isPlain(literal: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof literal);
}

function isWhole(node: ASTNode): boolean {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'bigint';
    case 'id':
      // A loop variable may run over whole numbers; nobody needs to count with one.
      return !traitByName.has(node.args);
    case 'call':
      return node.args[0] === 'size';
    case 'rcall':
      return node.args[0] === 'size';
    case '?:':
      return isWhole(node.args[1]);
    case '-_':
      return isWhole(node.args);
    case '+':
    case '-':
    case '*':
    case '/':
      return isWhole(node.args[0]);
    default:
      return false;
  }
}

function unknownTrait(name: string): string {
  return `asks for the unknown trait "${name}"${suggestName(name, [...traitByName.keys()])}`;
}
