/** Languages the code parser reads. `tsx` also reads plain TypeScript, except for angle-bracket casts. */
export type CodeLanguage = 'typescript' | 'tsx' | 'javascript' | 'python';

/** A function or method as its source declares it. */
export interface ParsedFunction {
  /** `validate`, or `Validator.validate` for a method. */
  readonly name: string;
  /** The declaration without its body, on one line. */
  readonly signature: string;
  /** Each parameter as written: `email: str`. */
  readonly inputs: readonly string[];
  /** The declared return type; null where none is written. */
  readonly output: string | null;
  /** 1-based, inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** First paragraph of its doc comment or docstring. */
  readonly doc: string | null;
  readonly exported: boolean;
  /** Names it calls, each once, sorted: `re.match`, `helper`. */
  readonly calls: readonly string[];
  /** Every identifier in it that could name something outside, each once, sorted. */
  readonly uses: readonly string[];
}

/** A class, interface, type alias, enum or top-level constant. */
export interface ParsedClass {
  readonly name: string;
  readonly kind: 'class' | 'interface' | 'type' | 'enum' | 'constant';
  /** The head on one line; for types and constants with as much of the rest as fits. */
  readonly signature: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly doc: string | null;
  readonly exported: boolean;
  /** Names it extends or implements. */
  readonly bases: readonly string[];
  /** Names of its methods, without the class. */
  readonly methods: readonly string[];
  readonly uses: readonly string[];
}

export interface ParsedImport {
  /** As written: `./validators.ts`, `re`, `.models`. */
  readonly source: string;
  /** What it brings; `*` for a whole module, `default` for a default export. Empty: for its effects only. */
  readonly names: readonly { readonly imported: string; readonly local: string }[];
  readonly line: number;
  readonly typeOnly: boolean;
  /** `export … from`: what is imported is passed on. */
  readonly reexport: boolean;
}

/** What one source file declares, needs and offers. */
export interface ParsedModule {
  readonly language: CodeLanguage;
  readonly functions: readonly ParsedFunction[];
  readonly classes: readonly ParsedClass[];
  readonly imports: readonly ParsedImport[];
  /** Names it offers, sorted; `default` for a default export. */
  readonly exports: readonly string[];
  /** What its default export is called inside; null where there is none, or none with a name. */
  readonly defaultExport: string | null;
  /** First paragraph of the comment or docstring that heads the file. */
  readonly doc: string | null;
  /** The source does not parse cleanly; what could be read is given all the same. */
  readonly hasErrors: boolean;
  /** `regex` where the grammar was not loaded or could not be. */
  readonly parser: 'tree-sitter' | 'regex';
}
