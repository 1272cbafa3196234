import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** What a type says of itself, and of each of its fields: the sentences above them in the code. */
export interface Meaning {
  readonly sentence: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * The doc comments of the interfaces and type aliases of one source file. Throws for a form of type that it does not
 * know and for a field without a sentence: a table with holes would be read as complete.
 */
export class Meanings {
  private readonly declared = new Map<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>();

  constructor(private readonly file: string) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
    for (const statement of source.statements)
      if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
        this.declared.set(statement.name.text, statement);
  }

  /** Of an interface: its own sentence, and the fields that it has. */
  of(name: string): Meaning {
    const declaration = this.declarationOf(name);
    return { sentence: sentenceOf(declaration, name), fields: this.fieldsIn(declaration) };
  }

  /** Of a domain event: its own sentence, and the fields of its data. */
  ofEvent(name: string): Meaning {
    const declaration = this.declarationOf(name);
    const data = ts.isInterfaceDeclaration(declaration)
      ? declaration.members.find((member) => member.name?.getText() === 'data')
      : undefined;
    if (data === undefined || !ts.isPropertySignature(data) || data.type === undefined)
      throw this.strange(declaration, 'a domain event without data');
    return { sentence: sentenceOf(declaration, name), fields: this.fieldsOfType(data.type) };
  }

  private declarationOf(name: string): ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
    const declaration = this.declared.get(name);
    if (declaration === undefined) throw new Error(`${this.file} has no type ${name}`);
    return declaration;
  }

  private fieldsIn(declaration: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): Map<string, string> {
    if (ts.isTypeAliasDeclaration(declaration)) return this.fieldsOfType(declaration.type);
    const inherited = (declaration.heritageClauses ?? []).flatMap(({ types }) =>
      types.flatMap(({ expression }) => [...this.fieldsIn(this.declarationOf(expression.getText()))]),
    );
    return new Map([...inherited, ...ownFields(declaration.members)]);
  }

  private fieldsOfType(type: ts.TypeNode): Map<string, string> {
    if (ts.isTypeLiteralNode(type)) return new Map(ownFields(type.members));
    if (ts.isTypeReferenceNode(type)) return this.fieldsIn(this.declarationOf(type.typeName.getText()));
    if (ts.isIntersectionTypeNode(type)) return new Map(type.types.flatMap((part) => [...this.fieldsOfType(part)]));
    if (ts.isMappedTypeNode(type)) return this.fieldsOfKeys(type);
    throw this.strange(type, 'a form of type that is not known here');
  }

  /** `{ [Name in keyof Other]: … }` has the fields of the other. */
  private fieldsOfKeys(type: ts.MappedTypeNode): Map<string, string> {
    const keys = type.typeParameter.constraint;
    if (keys === undefined || !ts.isTypeOperatorNode(keys)) throw this.strange(type, 'keys that are not known here');
    return this.fieldsOfType(keys.type);
  }

  private strange(node: ts.Node, what: string): Error {
    return new Error(`${this.file}: ${what}: ${node.getText()}`);
  }
}

function ownFields(members: ts.NodeArray<ts.TypeElement>): [string, string][] {
  return members.map((member) => {
    const name = member.name?.getText() ?? '';
    return [name, sentenceOf(member, name)];
  });
}

function sentenceOf(node: ts.Node, name: string): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(doc?.comment);
  if (text === undefined) throw new Error(`${node.getSourceFile().fileName}: ${name} has no sentence above it`);
  return text.replaceAll(/\s+/g, ' ').trim();
}
