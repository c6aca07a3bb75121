/** Answers each message with another one, as a child process without a library would: numbers twice, all else as it came. */
process.on('message', ({ id, value }: { readonly id: number; readonly value: unknown }) => {
  process.send?.({ id, value: typeof value === 'number' ? value * 2 : value });
});
