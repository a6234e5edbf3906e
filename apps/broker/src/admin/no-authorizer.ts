/** In Kafka's words: clients show them to people who look for them. */
export const NO_AUTHORIZER = 'No Authorizer is configured.'
