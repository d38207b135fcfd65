import HTTP

/// Where the answer to one request goes: to the client that asked, and into the record from which its next attempt is told.
struct ResponseTarget: Sendable {
    /// The client that asked.
    let exchange: any Exchange
    /// What may be asked for again; nil when no other attempt can join.
    let record: SharedAnswer?

    /// Sends a whole response.
    func respond(_ response: Response) {
        exchange.respond(response)
        record?.respond(response)
    }
}
