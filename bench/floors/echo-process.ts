/** Answers each message with another one, as a child process without a library would. */
process.on('message', ({ id, number }: { readonly id: number; readonly number: number }) => {
  process.send?.({ id, number: number * 2 });
});
