package import NIOCore

/// Sends each invocation to where its function is: an endpoint, or this machine.
package struct FunctionDispatcher: FunctionInvoker {
    private let remote: RemoteInvoker
    private let embedded: any FunctionInvoker

    package init(remote: RemoteInvoker, embedded: any FunctionInvoker) {
        self.remote = remote
        self.embedded = embedded
    }

    package func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        remote.invokeIfRemote(invocation, on: eventLoop) ?? embedded.invoke(invocation, on: eventLoop)
    }
}
