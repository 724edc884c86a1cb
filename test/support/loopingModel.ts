import protobuf from "protobufjs";

/**
 * y [batch, columns] = relu of x [batch, columns], `rounds` times, in a loop of the graph or of a function of the
 * model: written here because `onnxSchema.ts` lacks these messages.
 * @param above loops only where the batch has such a number, else y = x; not in a function
 */
export function loopingModel(
  rounds: bigint,
  {
    inFunction = false,
    columns = 2,
    above,
  }: { readonly inFunction?: boolean; readonly columns?: number; readonly above?: number } = {},
): Uint8Array {
  const text = (out: protobuf.Writer, field: number, value: string) =>
    out.uint32((field << 3) | 2).string(value);
  const number = (out: protobuf.Writer, field: number, value: number) => out.uint32(field << 3).int64(value);
  const message = (out: protobuf.Writer, field: number, write: (out: protobuf.Writer) => void) => {
    write(out.uint32((field << 3) | 2).fork());
    out.ldelim();
  };
  const node = (out: protobuf.Writer, operator: string, inputs: string[], outputs: string[]) => {
    for (const input of inputs) text(out, 1, input);
    for (const output of outputs) text(out, 2, output);
    text(out, 4, operator);
  };
  const port = (out: protobuf.Writer, field: number, name: string, type: number, dims: (number | string)[]) =>
    message(out, field, (it) => {
      text(it, 1, name);
      message(it, 2, (kind) =>
        message(kind, 1, (tensor) => {
          number(tensor, 1, type);
          message(tensor, 2, (shape) => {
            for (const dim of dims)
              message(
                shape,
                1,
                (one) => void (typeof dim === "number" ? number(one, 1, dim) : text(one, 2, dim)),
              );
          });
        }),
      );
    });
  const raw = (out: protobuf.Writer, name: string, type: number, bytes: Uint8Array) =>
    message(out, 5, (it) => {
      number(it, 2, type);
      text(it, 8, name);
      it.uint32((9 << 3) | 2).bytes(bytes);
    });
  const [float, int64, bool] = [1, 7, 9];
  const model = protobuf.Writer.create();
  number(model, 1, 8);
  const writeLoop = (loop: protobuf.Writer) => {
    node(loop, "Loop", ["rounds", "go", "x"], ["y"]);
    message(loop, 5, (attribute) => {
      text(attribute, 1, "body");
      message(attribute, 6, (body) => {
        message(body, 1, (it) => node(it, "Identity", ["on"], ["on_out"]));
        message(body, 1, (it) => node(it, "Relu", ["v"], ["v_out"]));
        text(body, 2, "body");
        port(body, 11, "i", int64, []);
        port(body, 11, "on", bool, []);
        port(body, 11, "v", float, ["n", columns]);
        port(body, 12, "on_out", bool, []);
        port(body, 12, "v_out", float, ["n", columns]);
      });
      number(attribute, 20, 5);
    });
  };
  message(model, 7, (graph) => {
    if (above !== undefined) {
      message(graph, 1, (it) => {
        node(it, "ReduceMax", ["x"], ["most"]);
        message(it, 5, (attribute) => {
          text(attribute, 1, "keepdims");
          number(attribute, 3, 0);
          number(attribute, 20, 2);
        });
      });
      message(graph, 1, (it) => node(it, "Greater", ["most", "above"], ["go"]));
    }
    message(graph, 1, (it) => {
      if (!inFunction) return writeLoop(it);
      node(it, "Rounds", ["rounds", "go", "x"], ["y"]);
      text(it, 7, "own");
    });
    text(graph, 2, "looping");
    raw(graph, "rounds", int64, new Uint8Array(BigInt64Array.of(rounds).buffer));
    if (above === undefined) raw(graph, "go", bool, Uint8Array.of(1));
    else raw(graph, "above", float, new Uint8Array(Float32Array.of(above).buffer));
    port(graph, 11, "x", float, ["n", columns]);
    port(graph, 12, "y", float, ["n", columns]);
  });
  const opset = (out: protobuf.Writer, field: number) => message(out, field, (it) => void number(it, 2, 17));
  opset(model, 8);
  if (inFunction) {
    message(model, 8, (own) => {
      text(own, 1, "own");
      number(own, 2, 1);
    });
    message(model, 25, (it) => {
      text(it, 1, "Rounds");
      for (const input of ["rounds", "go", "x"]) text(it, 4, input);
      text(it, 5, "y");
      message(it, 7, writeLoop);
      opset(it, 9);
      text(it, 10, "own");
    });
  }
  return model.finish();
}
