import type { ASTNode } from '@marcbachmann/cel-js';
import { AssertionFailure, present } from '../base/assert.ts';
import type { AttributeSpec } from '../core/attribute/attribute.ts';
import { attributeReader, attributeTest } from '../core/trait/attribute-reader.ts';
import { categoryReader } from '../core/trait/category-functions.ts';
import { traitReader } from '../core/trait/trait-reader.ts';
import { attributeNamed, categoryOf, isAttributeCall } from './condition-language.ts';
import {
  arithmetic,
  comparison,
  everyTest,
  membership,
  size,
  someTest,
  sum,
  textTest,
} from './condition-operators.ts';
import { constantOf, type Term, type Test, type Value } from './condition-value.ts';
import { plainComparison, plainMembership } from './plain-test.ts';

/** A loop variable of exists() or all(). Each round puts its item here: a condition never runs within itself. */
interface Variable {
  readonly name: string;
  value: Value;
}

/** What names within a part stand for. */
interface Scope {
  readonly variables: readonly Variable[];
  readonly attributes: readonly AttributeSpec[];
}

type Call = [name: string, args: ASTNode[]];
type Method = [name: string, receiver: ASTNode, args: ASTNode[]];

/**
 * A condition as closures over the traits. It says what the library's interpreter says, at a fraction of the cost. The
 * source has passed `languageFaults` and the type checker: that is what the casts below rely on. Of `has(attributes.NAME)` it says
 * whether the attribute is known, where the library, which is given a value for each, says true.
 */
export function conditionClosure(ast: ASTNode, attributes: readonly AttributeSpec[]): Test {
  return testOf(ast, { variables: [], attributes });
}

/** What a part of one is worth; the same holds for it. */
export function valueClosure(ast: ASTNode, attributes: readonly AttributeSpec[]): Term {
  return termOf(ast, { variables: [], attributes });
}

function testOf(node: ASTNode, scope: Scope): Test {
  return termOf(node, scope) as Test;
}

function termOf(node: ASTNode, scope: Scope): Term {
  const constant = constantOf(node);
  if (constant !== undefined) return () => constant;
  switch (node.op) {
    case 'id':
      return readerOf(node.args, scope);
    case '.':
      return attributeReader(attributeOf(node, scope));
    case 'list': {
      const items = node.args.map((item) => termOf(item, scope));
      return (traits) => items.map((item) => item(traits));
    }
    case '?:': {
      const test = testOf(node.args[0], scope);
      const [yes, no] = [termOf(node.args[1], scope), termOf(node.args[2], scope)];
      return (traits) => (test(traits) ? yes(traits) : no(traits));
    }
    case '!_': {
      const inner = testOf(node.args, scope);
      return (traits) => !inner(traits);
    }
    case '-_': {
      const inner = termOf(node.args, scope) as Term<number>;
      return (traits) => -inner(traits);
    }
    case '&&':
      return everyTest(chainOf(node, '&&').map((part) => testOf(part, scope)));
    case '||':
      return someTest(chainOf(node, '||').map((part) => testOf(part, scope)));
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=': {
      const [left, right] = node.args;
      const plain = plainComparison(node.op, left, right);
      return plain ?? comparison(node.op, termOf(left, scope), termOf(right, scope));
    }
    case 'in': {
      const [item, list] = node.args;
      const plain = plainMembership(item, list);
      return plain ?? membership(termOf(item, scope), termOf(list, scope) as Term<readonly Value[]>);
    }
    case '+':
      return sum(termOf(node.args[0], scope), termOf(node.args[1], scope));
    case '-':
    case '*':
    case '/': {
      const [left, right] = [termOf(node.args[0], scope), termOf(node.args[1], scope)];
      return arithmetic(node.op, left as Term<number>, right as Term<number>);
    }
    case 'call':
      return callOf(node.args, scope);
    case 'rcall':
      return methodOf(node.args, scope);
    default:
      throw new AssertionFailure(`${node.op} is not of the language of conditions`);
  }
}

function readerOf(name: string, scope: Scope): Term {
  // The innermost of its name hides the others.
  const variable = scope.variables.findLast((one) => one.name === name);
  return variable === undefined ? present(traitReader(name), `trait ${name}`) : () => variable.value;
}

function attributeOf(node: ASTNode | undefined, { attributes }: Scope): AttributeSpec {
  const name = attributeNamed(node);
  return present(
    attributes.find((spec) => spec.name === name),
    `the attribute ${name}`,
  );
}

function callOf([name, args]: Call, scope: Scope): Term {
  if (isAttributeCall(name)) {
    const spec = attributeOf(args[0], scope);
    if (name === 'has') return attributeTest(spec);
    const date = attributeReader(spec) as Term<string>;
    return (traits) => traits.attributes.daysUntil(date(traits));
  }
  const category = categoryOf(args);
  const read = category === undefined ? undefined : categoryReader(name, category);
  return read ?? size(termOf(present(args[0], `the argument of ${name}()`), scope));
}

function methodOf([name, receiver, args]: Method, scope: Scope): Term {
  const on = termOf(receiver, scope);
  if (name === 'size') return size(on);
  const [first, second] = args;
  if (name === 'exists' || name === 'all') {
    const variable: Variable = { name: (first as { args: string }).args, value: false };
    const within = { ...scope, variables: [...scope.variables, variable] };
    const test = testOf(present(second, `the test of ${name}()`), within);
    return quantifier(name === 'exists', on as Term<readonly Value[]>, variable, test);
  }
  const part = termOf(present(first, `the argument of ${name}()`), scope);
  return present(textTest(name, on as Term<string>, part as Term<string>), `the method ${name}()`);
}

/** exists() ends at the first item that passes the test, all() at the first that does not. */
function quantifier(exists: boolean, list: Term<readonly Value[]>, variable: Variable, test: Test): Test {
  return (traits) => {
    const items = list(traits);
    for (let i = 0; i < items.length; i++) {
      variable.value = items[i] as Value;
      if (test(traits) === exists) return exists;
    }
    return !exists;
  };
}

/** The operands of `a && (b && c) && d`, or of ||, in order. */
export function chainOf(node: ASTNode, operator: '&&' | '||'): readonly ASTNode[] {
  return node.op === operator ? node.args.flatMap((part) => chainOf(part, operator)) : [node];
}
