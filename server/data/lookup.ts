/** A question that is answered when it is asked. A class, so that samples that are equal are equal to who compares them. */
export class Lookup<Question, Answer> {
  readonly #answer: (question: Question) => Promise<Answer>;

  constructor(answer: (question: Question) => Promise<Answer>) {
    this.#answer = answer;
  }

  ask(question: Question): Promise<Answer> {
    return this.#answer(question);
  }
}
