/** CEL's operators and functions on compiled parts, each with the operands' types as the type checker left them. */
import { among, isList, same, sizeOf, type Term, type Test, type Value } from './condition-value.ts';
import type { Operator } from './number-range.ts';

type Numbers = Term<number>;
type Texts = Term<string>;
type Lists = Term<readonly Value[]>;

/** Operands are asked from the left, until one is false. */
export function everyTest(tests: readonly Test[]): Test {
  const [first, second, third] = tests as [Test, Test, Test];
  if (tests.length === 2) return (traits) => first(traits) && second(traits);
  if (tests.length === 3) return (traits) => first(traits) && second(traits) && third(traits);
  return (traits) => {
    for (let i = 0; i < tests.length; i++) {
      if (!(tests[i] as Test)(traits)) return false;
    }
    return true;
  };
}

/** Operands are asked from the left, until one is true. */
export function someTest(tests: readonly Test[]): Test {
  const [first, second] = tests as [Test, Test];
  if (tests.length === 2) return (traits) => first(traits) || second(traits);
  return (traits) => {
    for (let i = 0; i < tests.length; i++) {
      if ((tests[i] as Test)(traits)) return true;
    }
    return false;
  };
}

/** Numbers by size, a bigint exactly; texts by UTF-16 units, as the library does; false before true. */
export function comparison(operator: Operator, left: Term, right: Term): Test {
  switch (operator) {
    case '<':
      return (traits) => left(traits) < right(traits);
    case '<=':
      return (traits) => left(traits) <= right(traits);
    case '>':
      return (traits) => left(traits) > right(traits);
    case '>=':
      return (traits) => left(traits) >= right(traits);
    case '==':
      return (traits) => same(left(traits), right(traits));
    case '!=':
      return (traits) => !same(left(traits), right(traits));
  }
}

export function membership(item: Term, list: Lists): Test {
  return (traits) => among(item(traits), list(traits));
}

/** Of numbers, or of texts or lists, which are joined. */
export function sum(left: Term, right: Term): Term {
  return (traits) => {
    const [first, second] = [left(traits), right(traits)];
    if (isList(first)) return [...first, ...(second as readonly Value[])];
    // Texts are joined by the same operator that adds numbers.
    return (first as number) + (second as number);
  };
}

export function arithmetic(operator: '-' | '*' | '/', left: Numbers, right: Numbers): Numbers {
  switch (operator) {
    case '-':
      return (traits) => left(traits) - right(traits);
    case '*':
      return (traits) => left(traits) * right(traits);
    case '/':
      return (traits) => left(traits) / right(traits);
  }
}

export function size(of: Term): Numbers {
  const sized = of as Term<string | readonly Value[]>;
  return (traits) => sizeOf(sized(traits));
}

/** The methods that ask one text about another; undefined: the method is none of these. */
export function textTest(method: string, text: Texts, part: Texts): Test | undefined {
  switch (method) {
    case 'startsWith':
      return (traits) => text(traits).startsWith(part(traits));
    case 'endsWith':
      return (traits) => text(traits).endsWith(part(traits));
    case 'contains':
      return (traits) => text(traits).includes(part(traits));
    default:
      return undefined;
  }
}
