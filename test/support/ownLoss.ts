/** The files of a rule's test: a module with a loss of one's own, whose declaration has these keys besides. */
export const ownLoss = (declared: Readonly<Record<string, unknown>>) => ({
  "./own.ts": {
    module: {
      kind: "loss",
      schema: {
        description: "Own.",
        type: "object",
        ...declared,
        properties: { type: { type: "string", const: "./own.ts" } },
        required: ["type"],
      },
    } as const,
  },
});
