/** What a person's own module may declare. */
export type ModuleKind = "loss" | "layer" | "student" | "augmentation";

/** The part of JSON schema, draft 7, that the experiment file's schema is written in, and what it adds to it. */
export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** A schema: of an object that maps keys of a person's own to such values. */
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly const?: string;
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;

  /** The default holds only where the property named here is absent. */
  readonly unless?: string;
  /** The default is the value of the property at this path. */
  readonly as?: string;
  /** What a number counts: steps, epochs, samples, pixels. */
  readonly unit?: string;
  /** Smallest and largest value that is not worth a second look. */
  readonly usual?: readonly [number, number];
  /** The string is the path of a file that ends in one of these. */
  readonly path?: readonly string[];
  /** The string is the path of a person's own module, which declares the other keys. */
  readonly module?: ModuleKind;
  /** Its type in TypeScript, where that says more than the schema. */
  readonly tsType?: string;
  /** The string names a layer that stands earlier in the same list, or is "input". */
  readonly layerReference?: boolean;
  /** The string names a column of the table that stands beside it. */
  readonly columnName?: boolean;
  /** The string, or each key of the object, names a layer of this net; a key may also name one of its weights. */
  readonly layerOf?: "student" | "teacher";
  /** The string, or each key of the object, is a pattern of the names of this net's weights. */
  readonly weightOf?: "student";
  /** The string names a tensor, or what tensors' names begin with, of the file at this key beside it. */
  readonly tensorOf?: "weights";
  /** Each key of the object names an input of this net's model. */
  readonly inputOf?: "teacher";
  /** Of a loss: it compares with the teacher. */
  readonly seesTeacher?: boolean;
  /** A loss in which samples without labels do not count. */
  readonly needsLabels?: boolean;
  /** Of a loss: it compares layers, not the logits alone. */
  readonly seesLayers?: boolean;
  /** Of a loss: the tasks that it is for; absent: all. */
  readonly tasks?: readonly string[];
  /** Which outputs of layers: of any shapes, maps, maps with as many channels, two maps or two flat ones, of one shape or with a projector. */
  readonly compares?: "any" | "maps" | "sameChannels" | "mapsOrFlat" | "sameShape";
  /** Of an augmentation: it is for images, and for numbers of pixels that these have. */
  readonly needsImage?: boolean;
  /** Of an augmentation: it is for images in grey or in red, green and blue. */
  readonly needsColours?: boolean;
  /** Of an augmentation: it is for texts. */
  readonly needsTokens?: boolean;
  /** Of an augmentation: a sample has parts of two classes. */
  readonly blendsLabels?: boolean;
  /** Of a loss: what is computed, and where it is described. */
  readonly formula?: string;
  readonly paper?: string;
  /** The page in docs/ that explains it, without its ending. */
  readonly guide?: string;
  /** Of an optimizer: how many values it keeps for each weight, at the least. */
  readonly slots?: number;
  /** The property that tells the branches of `oneOf` apart. */
  readonly discriminator?: string;
}
