// Tell a customer about a late parcel: node sender.mjs CUSTOMER HOURS NAME PARCEL NEW_DATE
const [customer, hours, first_name, tracking_number, new_date] = process.argv.slice(2);
const usual = `Hello ${first_name}, your parcel ${tracking_number} is late.`; // what you send today
let words = { message: usual, status: "error" };
try {
  const answer = await fetch(`${process.env.AMENDS_URL}/api/v1/experiments/late_parcel/assignments`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${process.env.AMENDS_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ unit_id: customer, delay_seconds: hours * 3600, slots: { first_name, tracking_number, new_date } }),
    signal: AbortSignal.timeout(300), // a customer never waits for an experiment
  });
  if (answer.ok || answer.status === 503) words = { ...words, ...(await answer.json()) };
} catch {} // no answer in time: the usual message goes out
console.log(JSON.stringify({ send: words.message, then: words.invitation ?? null, status: words.status }));
