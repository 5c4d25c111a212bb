//! Events, attendees and what visitors' records become.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func},
};

use super::{
    Db,
    entity::{attendee, check_in, event, quiz_answer, quiz_result, refused_record},
};

/// How often a question was asked and answered right.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct QuestionCount {
    /// Question id.
    pub question: String,
    /// Outcome that is counted.
    pub answered_right: bool,
    /// Times.
    pub times: i64,
}

/// Totals of one quiz scene.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SceneTotal {
    /// Scene id.
    pub scene: String,
    /// Finished quizzes.
    pub finished: i64,
    /// Questions asked in all.
    pub asked: i64,
    /// Answered right in all.
    pub answered_right: i64,
}

impl Db {
    /// Every event, newest first.
    pub async fn events(&self) -> Result<Vec<event::Model>, DbErr> {
        event::Entity::find().order_by_desc(event::Column::CreatedAtMs).all(&self.connection).await
    }

    /// An event.
    pub async fn event(&self, id: &str) -> Result<Option<event::Model>, DbErr> {
        event::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Stores an event; false if the id is taken.
    pub async fn insert_event(&self, event: event::Model) -> Result<bool, DbErr> {
        let result = event::Entity::insert(event::ActiveModel::from(event))
            .on_conflict_do_nothing_on([event::Column::Id])
            .exec_without_returning(&self.connection)
            .await?;
        Ok(matches!(result, sea_orm::TryInsertResult::Inserted(rows) if rows > 0))
    }

    /// Closes or reopens an event.
    pub async fn close_event(&self, id: &str, closed_at_ms: Option<i64>) -> Result<(), DbErr> {
        event::Entity::update_many()
            .col_expr(event::Column::ClosedAtMs, Expr::value(closed_at_ms))
            .filter(event::Column::Id.eq(id))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Who is expected.
    pub async fn attendees(&self, event: &str) -> Result<Vec<attendee::Model>, DbErr> {
        attendee::Entity::find()
            .filter(attendee::Column::EventId.eq(event))
            .order_by_asc(attendee::Column::Code)
            .all(&self.connection)
            .await
    }

    /// How many are expected.
    pub async fn count_attendees(&self, event: &str) -> Result<u64, DbErr> {
        attendee::Entity::find().filter(attendee::Column::EventId.eq(event)).count(&self.connection).await
    }

    /// Replaces the list of who is expected.
    pub async fn replace_attendees(&self, event: &str, attendees: Vec<(String, String)>) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        attendee::Entity::delete_many().filter(attendee::Column::EventId.eq(event)).exec(&transaction).await?;
        // In pieces: one statement may carry only so many parameters.
        for piece in attendees.chunks(1_000) {
            attendee::Entity::insert_many(piece.iter().map(|(code, name)| attendee::ActiveModel {
                event_id: Set(event.to_owned()),
                code: Set(code.clone()),
                name: Set(name.clone()),
            }))
            .exec_without_returning(&transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// The name that belongs to a code.
    pub async fn attendee(&self, event: &str, code: &str) -> Result<Option<attendee::Model>, DbErr> {
        attendee::Entity::find_by_id((event.to_owned(), code.to_owned())).one(&self.connection).await
    }

    /// Check-ins of an event, newest first.
    pub async fn check_ins(&self, event: Option<&str>, limit: u64) -> Result<Vec<check_in::Model>, DbErr> {
        let mut query = check_in::Entity::find().order_by_desc(check_in::Column::ReceivedAtMs).limit(limit);
        if let Some(event) = event {
            query = query.filter(check_in::Column::EventId.eq(event));
        }
        query.all(&self.connection).await
    }

    /// How many people have checked in, somebody who did it twice counted once.
    pub async fn count_people(&self, event: &str) -> Result<i64, DbErr> {
        count_people(&self.connection, event).await
    }

    /// Totals of quiz scenes.
    pub async fn quiz_totals(&self, scene: Option<&str>) -> Result<Vec<SceneTotal>, DbErr> {
        let big = |column: quiz_result::Column| Expr::expr(Func::sum(Expr::col(column))).cast_as("bigint");
        let mut query = quiz_result::Entity::find()
            .select_only()
            .column(quiz_result::Column::Scene)
            .column_as(quiz_result::Column::Id.count(), "finished")
            .column_as(big(quiz_result::Column::Asked), "asked")
            .column_as(big(quiz_result::Column::AnsweredRight), "answered_right")
            .group_by(quiz_result::Column::Scene)
            .order_by_asc(quiz_result::Column::Scene);
        if let Some(scene) = scene {
            query = query.filter(quiz_result::Column::Scene.eq(scene));
        }
        query.into_model::<SceneTotal>().all(&self.connection).await
    }

    /// Outcomes by question of one scene.
    pub async fn question_counts(&self, scene: &str) -> Result<Vec<QuestionCount>, DbErr> {
        quiz_answer::Entity::find()
            .select_only()
            .column(quiz_answer::Column::Question)
            .column(quiz_answer::Column::AnsweredRight)
            .column_as(quiz_answer::Column::Seq.count(), "times")
            .filter(
                quiz_answer::Column::ResultId.in_subquery(
                    sea_orm::sea_query::Query::select()
                        .column(quiz_result::Column::Id)
                        .from(quiz_result::Entity)
                        .and_where(quiz_result::Column::Scene.eq(scene))
                        .to_owned(),
                ),
            )
            .group_by(quiz_answer::Column::Question)
            .group_by(quiz_answer::Column::AnsweredRight)
            .order_by_asc(quiz_answer::Column::Question)
            .into_model::<QuestionCount>()
            .all(&self.connection)
            .await
    }
}

/// The events among `ids`.
pub async fn events_among(
    transaction: &DatabaseTransaction,
    ids: &[String],
) -> Result<HashMap<String, event::Model>, DbErr> {
    let rows =
        event::Entity::find().filter(event::Column::Id.is_in(ids.iter().map(String::as_str))).all(transaction).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// The name that belongs to a code, inside a transaction.
pub async fn attendee_name(
    transaction: &DatabaseTransaction,
    event: &str,
    code: &str,
) -> Result<Option<String>, DbErr> {
    let row = attendee::Entity::find_by_id((event.to_owned(), code.to_owned())).one(transaction).await?;
    Ok(row.map(|row| row.name))
}

/// True for an event with a list. Without one, whoever comes is welcome.
pub async fn has_attendees(connection: &impl ConnectionTrait, event: &str) -> Result<bool, DbErr> {
    let one = attendee::Entity::find().filter(attendee::Column::EventId.eq(event)).limit(1).one(connection).await?;
    Ok(one.is_some())
}

/// Stores a check-in; false if its id is known.
pub async fn insert_check_in(transaction: &DatabaseTransaction, row: check_in::Model) -> Result<bool, DbErr> {
    let result = check_in::Entity::insert(check_in::ActiveModel::from(row))
        .on_conflict_do_nothing_on([check_in::Column::Id])
        .exec_without_returning(transaction)
        .await?;
    Ok(matches!(result, sea_orm::TryInsertResult::Inserted(rows) if rows > 0))
}

/// A check-in by id.
pub async fn check_in_by_id(transaction: &DatabaseTransaction, id: &str) -> Result<Option<check_in::Model>, DbErr> {
    check_in::Entity::find_by_id(id).one(transaction).await
}

/// Stores a quiz result with its answers; false if its id is known.
pub async fn insert_quiz_result(
    transaction: &DatabaseTransaction,
    row: quiz_result::Model,
    answers: Vec<quiz_answer::Model>,
) -> Result<bool, DbErr> {
    let result = quiz_result::Entity::insert(quiz_result::ActiveModel::from(row))
        .on_conflict_do_nothing_on([quiz_result::Column::Id])
        .exec_without_returning(transaction)
        .await?;
    let stored = matches!(result, sea_orm::TryInsertResult::Inserted(rows) if rows > 0);
    if stored && !answers.is_empty() {
        quiz_answer::Entity::insert_many(
            answers.into_iter().map(|answer| quiz_answer::ActiveModel::from(answer)),
        )
        .exec_without_returning(transaction)
        .await?;
    }
    Ok(stored)
}

/// Notes a refusal.
pub async fn insert_refused(transaction: &DatabaseTransaction, row: refused_record::Model) -> Result<(), DbErr> {
    refused_record::Entity::insert(refused_record::ActiveModel::from(row))
        .on_conflict_do_nothing_on([refused_record::Column::Id])
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// How many people have checked in, inside or outside a transaction: of those on the list, where the event has one.
pub async fn count_people(connection: &impl ConnectionTrait, event: &str) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Count {
        people: i64,
    }
    let mut query = check_in::Entity::find()
        .select_only()
        .column_as(Expr::expr(Func::count_distinct(Expr::col(check_in::Column::Person))), "people")
        .filter(check_in::Column::EventId.eq(event));
    if has_attendees(connection, event).await? {
        query = query.filter(check_in::Column::Name.is_not_null());
    }
    let row = query.into_model::<Count>().one(connection).await?;
    Ok(row.map_or(0, |row| row.people))
}
