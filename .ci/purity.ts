import ts from 'typescript';
import { isTest, readText, sourceFiles } from './repository.ts';
import type { Step, StepResult } from './step.ts';

/**
 * `src/core` is a function of its arguments: it never waits, never asks for the time, chance, zone or environment, and
 * writes nowhere. This reads its syntax tree, so that a word in a comment or a string does not count.
 */
export const purity: Step = {
  name: 'purity',
  filesMin: 40,
  run(root: string): StepResult {
    const paths = sourceFiles(root).filter((path) => /^src\/(core|base)\//.test(path) && !isTest(path));
    return { files: paths.length, faults: paths.flatMap((path) => impurities(path, readText(root, path))) };
  },
};

/** Names that reach outside, as values or as types. */
const FORBIDDEN = new Set([
  'Date',
  'Intl',
  'Temporal',
  'Promise',
  'process',
  'console',
  'performance',
  'crypto',
  'fetch',
  'globalThis',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'require',
  'Atomics',
  'SharedArrayBuffer',
  'WeakRef',
  'FinalizationRegistry',
]);

/** Members whose answer depends on the machine's locale or on chance. */
const FORBIDDEN_MEMBERS = new Set([
  'toLocaleString',
  'toLocaleDateString',
  'toLocaleTimeString',
  'toLocaleLowerCase',
  'toLocaleUpperCase',
  'localeCompare',
]);

function impurities(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  const report = (node: ts.Node, what: string): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    faults.push(`${path}:${line + 1} ${what}; core is pure and synchronous.`);
  };
  const visit = (node: ts.Node): void => {
    const what = impurity(node);
    if (what !== undefined) report(node, what);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

function impurity(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'uses async';
  if (ts.isAwaitExpression(node)) return 'uses await';
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return 'uses for await';
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return 'imports at run time';
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return node.moduleSpecifier.text.startsWith('node:') ? `imports ${node.moduleSpecifier.text}` : undefined;
  }
  if (ts.isPropertyAccessExpression(node)) {
    const member = node.name.text;
    if (FORBIDDEN_MEMBERS.has(member)) return `asks the locale through ${member}`;
    if (member === 'random' && ts.isIdentifier(node.expression) && node.expression.text === 'Math') {
      return 'uses Math.random';
    }
  }
  if (ts.isIdentifier(node) && FORBIDDEN.has(node.text) && !isOwnName(node)) return `uses ${node.text}`;
  return undefined;
}

/** Whether the identifier is a member's name of ours (`order.process`, `{ process: 1 }`), not the global. */
function isOwnName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name === node;
  }
  return ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isLiteralTypeNode(parent);
}
