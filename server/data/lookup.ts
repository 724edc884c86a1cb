/** Answers computed on demand. A class, so that deep comparison of samples ignores the closure. */
export class Lookup<Question, Answer> {
  readonly #answer: (question: Question) => Promise<Answer>;

  constructor(answer: (question: Question) => Promise<Answer>) {
    this.#answer = answer;
  }

  ask(question: Question): Promise<Answer> {
    return this.#answer(question);
  }
}
