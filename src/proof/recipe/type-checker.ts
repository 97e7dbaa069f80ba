import ts from 'typescript';

/**
 * The compiler over the scratch copy, again and again: it parses a file anew only when its text has changed, which
 * makes a run after the first one cost a third.
 */
export class TypeChecker {
  readonly #root: string;
  readonly #parsed = new Map<string, { readonly text: string; readonly file: ts.SourceFile }>();

  constructor(root: string) {
    this.#root = root;
  }

  /** The first type error of the copy as one line; undefined when there is none. Looks into `first` before the rest. */
  firstError(first: readonly string[]): string | undefined {
    const config = ts.readConfigFile(`${this.#root}/tsconfig.json`, ts.sys.readFile);
    const { fileNames, options } = ts.parseJsonConfigFileContent(config.config, ts.sys, this.#root);
    const host = ts.createCompilerHost(options);
    const parse = host.getSourceFile.bind(host);
    host.getSourceFile = (path, languageVersion) => {
      const text = host.readFile(path);
      const known = this.#parsed.get(path);
      if (text === undefined || known?.text === text) return known?.file;
      const file = parse(path, languageVersion);
      if (file !== undefined) this.#parsed.set(path, { text, file });
      return file;
    };
    const program = ts.createProgram({ rootNames: fileNames, options, host });
    const asked = new Set(first.map((path) => `${this.#root}/${path}`));
    const files = program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile);
    files.sort((a, b) => Number(asked.has(b.fileName)) - Number(asked.has(a.fileName)));
    for (const file of files) {
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      const fault = found.find(({ category }) => category === ts.DiagnosticCategory.Error);
      if (fault === undefined) continue;
      const said = ts.flattenDiagnosticMessageText(fault.messageText, ' ');
      return `${file.fileName.slice(this.#root.length + 1)}: TS${fault.code} ${said}`;
    }
    return undefined;
  }
}
