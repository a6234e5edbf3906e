/** In Kafka's words: tools print them, and people look for them. */
export const NO_AUTHORIZER = 'No Authorizer is configured.'
