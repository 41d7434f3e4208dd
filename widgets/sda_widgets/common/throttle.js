const SEND_MS = 40; // at most one message of a drag in this time
const ANSWER_MS = 2000; // longest wait for an answer before the next message is sent anyway

// Throttle the messages of a drag: the newest one, at most every SEND_MS and only after the last was answered, so that
// a slow model lags by one message at most. `finish` sends at once and discards what is pending.
export function throttle(send) {
  let last = -Infinity;
  let timer = 0;
  let newest = null; // not sent yet
  let unanswered = false;
  const flush = () => {
    timer = 0;
    last = performance.now();
    unanswered = true;
    const message = newest;
    newest = null;
    send(message);
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(0, last + (unanswered ? ANSWER_MS : SEND_MS) - performance.now()));
  };
  return {
    push(message) {
      newest = message;
      if (!timer) plan();
    },
    finish(message) {
      clearTimeout(timer);
      newest = message;
      flush();
    },
    answered() {
      unanswered = false;
      if (newest) plan();
    },
    stop: () => clearTimeout(timer),
  };
}
