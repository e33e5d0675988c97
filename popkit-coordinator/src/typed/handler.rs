//! Functions as handlers.

use super::{Extract, States, TypedTask};
use crate::{TaskContext, TaskError};

/// An `async fn` that takes a typed task and up to four [extractors](Extract), and answers
/// `Result<Output, TaskError>`. Implemented for all such functions and closures.
///
/// `Args` is the tuple of the extractors; it is always inferred.
pub trait Handler<T: TypedTask, Args>: Send + Sync + 'static {
    /// What its extractors miss.
    fn check(states: &States) -> Vec<String>;

    /// Takes what the extractors give, then runs the function.
    fn call(
        &self,
        task: T,
        cx: &TaskContext,
        states: &States,
    ) -> impl Future<Output = Result<T::Output, TaskError>> + Send;
}

macro_rules! handler {
    ($($extractor:ident $value:ident),*) => {
        impl<F, Fut, T, $($extractor,)*> Handler<T, ($($extractor,)*)> for F
        where
            F: Fn(T, $($extractor,)*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Result<T::Output, TaskError>> + Send,
            T: TypedTask,
            $($extractor: Extract,)*
        {
            #[allow(unused_variables, reason = "for the handler without extractors")]
            fn check(states: &States) -> Vec<String> {
                let checks: [Result<(), String>; _] = [$($extractor::check(states),)*];
                checks.into_iter().filter_map(Result::err).collect()
            }

            #[allow(unused_variables, reason = "for the handler without extractors")]
            async fn call(
                &self,
                task: T,
                cx: &TaskContext,
                states: &States,
            ) -> Result<T::Output, TaskError> {
                $(let $value = $extractor::extract(cx, states).await?;)*
                self(task, $($value,)*).await
            }
        }
    };
}

handler!();
handler!(A a);
handler!(A a, B b);
handler!(A a, B b, C c);
handler!(A a, B b, C c, D d);
